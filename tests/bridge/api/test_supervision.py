from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest

from policies.people import Person
from tests.bridge.api.house import GINA, GUEST_ROOM, STAFF_ROOM, House
from tests.builders.people import ADA, BEN, DIAGNOSTICS, SAM

GUEST_PATH = f"/rooms/{quote(GUEST_ROOM, safe='')}"
STAFF_PATH = f"/rooms/{quote(STAFF_ROOM, safe='')}"


async def at_work(house: House) -> str:
    """An issue with its rooms, its guest and its employee in them, and a robot."""
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    await house.happen(STAFF_ROOM, DIAGNOSTICS, "m.room.member", {"membership": "join"}, DIAGNOSTICS.user_id)
    await house.happen(STAFF_ROOM, ADA, "m.room.member", {"membership": "invite"}, BEN.user_id)
    return issue_id


class TestRooms:
    async def test_each_says_how_many_are_in_it(self, house: House) -> None:
        issue_id = await at_work(house)
        rooms = {room["room_id"]: room for room in (await house.ask("GET", "/rooms", SAM)).body["rooms"]}
        assert rooms[GUEST_ROOM] == {
            "room_id": GUEST_ROOM,
            "kind": "guest",
            "name": None,
            "issue": issue_id,
            "guests": 1,
            "staff": 1,
            "robots": 0,
            "invited": 0,
            "encrypted": False,
        }
        staff = rooms[STAFF_ROOM]
        assert (staff["guests"], staff["staff"], staff["robots"], staff["invited"]) == (0, 1, 1, 1)
        assert (await house.ask("GET", STAFF_PATH, SAM)).body == staff

    async def test_they_can_be_narrowed(self, house: House) -> None:
        issue_id = await at_work(house)
        for query, expected in (
            ("kind=staff", [STAFF_ROOM]),
            (f"issue={issue_id}&kind=guest", [GUEST_ROOM]),
            (f"member={quote(BEN.user_id)}", [STAFF_ROOM]),
            (f"member={quote(BEN.user_id)}&kind=guest", []),
            ("q=nothing%20is%20called%20so", []),
        ):
            reply = await house.ask("GET", f"/rooms?{query}", SAM)
            assert [room["room_id"] for room in reply.body["rooms"]] == expected

    async def test_they_come_in_pages(self, house: House) -> None:
        await at_work(house)
        first = (await house.ask("GET", "/rooms?limit=1", SAM)).body
        second = (await house.ask("GET", f"/rooms?limit=1&cursor={quote(first['next'])}", SAM)).body
        assert [page["rooms"][0]["room_id"] for page in (first, second)] == [GUEST_ROOM, STAFF_ROOM]
        assert second["next"] is None

    async def test_who_is_there_is_said_with_role_and_tier(self, house: House) -> None:
        await at_work(house)
        people = (await house.ask("GET", f"{STAFF_PATH}/participants", SAM)).body["participants"]
        assert [(p["user_id"], p["role"], p["tier"], p["membership"]) for p in people] == [
            (ADA.user_id, "employee", "T1", "join"),
            (BEN.user_id, "employee", "T2", "invite"),
            (DIAGNOSTICS.user_id, "robot", None, "join"),
        ]

    async def test_participants_are_narrowed_and_paged(self, house: House) -> None:
        await at_work(house)
        reply = await house.ask("GET", f"{STAFF_PATH}/participants?role=robot", SAM)
        assert [p["user_id"] for p in reply.body["participants"]] == [DIAGNOSTICS.user_id]
        first = (await house.ask("GET", f"{STAFF_PATH}/participants?limit=2", SAM)).body
        rest = await house.ask("GET", f"{STAFF_PATH}/participants?cursor={quote(first['next'])}", SAM)
        assert [p["user_id"] for p in rest.body["participants"]] == [DIAGNOSTICS.user_id]

    @pytest.mark.parametrize("path", ["", "/participants"])
    async def test_a_room_that_is_not_there_is_not_found(self, house: House, path: str) -> None:
        assert (await house.ask("GET", f"/rooms/%21nowhere{path}", SAM)).status == 404

    @pytest.mark.parametrize(("who", "status"), [(ADA, 403), (GINA, 404)])
    async def test_nobody_else_sees_them(self, house: House, who: Person, status: int) -> None:
        await at_work(house)
        for path in ("/rooms", GUEST_PATH, f"{GUEST_PATH}/participants", "/stats"):
            assert (await house.ask("GET", path, who)).status == status


class TestBreakIn:
    async def test_a_supervisor_is_let_in_and_it_is_written_down(self, house: House) -> None:
        issue_id = await at_work(house)
        reply = await house.ask("POST", f"{GUEST_PATH}/break-in", SAM)
        assert reply.status == 200
        assert reply.body == {
            "room_id": GUEST_ROOM,
            "kind": "guest",
            "issue": issue_id,
            "state": "pending",
            "readable": "what was said before too",
        }
        async with house.store.read() as tx:
            notes = [entry.what for entry in await tx.audit.entries(subject=f"issue:{issue_id}")]
        assert {"policies.breakin.may_break_into", "broke in"} <= set(notes)

    async def test_of_a_guests_room_only_what_follows_is_shown(self, house: House) -> None:
        await at_work(house)
        await house.happen(GUEST_ROOM, None, "m.room.history_visibility", {"history_visibility": "joined"}, "")
        reply = await house.ask("POST", f"{GUEST_PATH}/break-in", SAM)
        assert reply.body["readable"] == "what is said from now on"

    async def test_in_an_encrypted_room_only_what_follows_can_be_read(self, house: House) -> None:
        await at_work(house)
        await house.happen(STAFF_ROOM, ADA, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}, "")
        reply = await house.ask("POST", f"{STAFF_PATH}/break-in", SAM)
        assert reply.body["readable"] == "what is said from now on"

    @pytest.mark.parametrize(("who", "status"), [(ADA, 403), (GINA, 404)])
    async def test_nobody_else_is(self, house: House, who: Person, status: int) -> None:
        await at_work(house)
        assert (await house.ask("POST", f"{GUEST_PATH}/break-in", who)).status == status

    async def test_a_room_that_is_not_there_is_not_found(self, house: House) -> None:
        assert (await house.ask("POST", "/rooms/%21nowhere/break-in", SAM)).status == 404


class TestWhisper:
    async def test_it_goes_to_the_assignee_if_nobody_is_named(self, house: House) -> None:
        issue_id = await at_work(house)
        reply = await house.ask("POST", f"/issues/{issue_id}/whisper", SAM, {"body": "Offer a refund."})
        assert (reply.status, reply.body) == (201, {"issue": issue_id, "to": ADA.user_id})

    async def test_whoever_is_not_in_the_staff_room_cannot_hear_it(self, house: House) -> None:
        issue_id = await at_work(house)
        reply = await house.ask("POST", f"/issues/{issue_id}/whisper", SAM, {"to": "ben", "body": "Hm."})
        assert (reply.status, reply.errcode) == (403, "CHAPERONE_NOT_A_MEMBER")

    async def test_while_nobody_works_on_it_there_is_nobody_to_hear_it(self, house: House) -> None:
        reply = await house.ask("POST", f"/issues/{await house.open_issue()}/whisper", SAM, {"body": "Hm."})
        assert (reply.status, reply.errcode) == (409, "CHAPERONE_ISSUE_NOT_OPEN")

    async def test_sent_twice_with_one_key_it_is_said_once(self, house: House) -> None:
        issue_id = await at_work(house)
        await house.finish_work()
        for _ in range(2):
            await house.ask(
                "POST",
                f"/issues/{issue_id}/whisper",
                SAM,
                {"body": "Offer a refund."},
                headers={"Idempotency-Key": "0123456789abcdef"},
            )
        async with house.store.read() as tx:
            assert await tx.outbox.unfinished(f"issue:{issue_id}") == 1


class TestStats:
    async def test_a_new_house_has_nothing_to_tell(self, house: House) -> None:
        stats = (await house.ask("GET", "/stats", SAM)).body
        assert [queue["waiting"] for queue in stats["queues"]] == [0, 0, 0]
        assert (stats["open"], stats["ratings"]["count"], stats["first_answer"]["median"]) == ([], 0, None)
        assert ADA.user_id in [one["user_id"] for one in stats["on_duty"]]

    async def test_queues_say_how_long_they_wait(self, house: House) -> None:
        await house.open_issue()
        house.clock.advance(timedelta(minutes=2))
        await house.open_issue()
        queue = (await house.ask("GET", "/stats", SAM)).body["queues"][0]
        assert queue == {
            "tier": "T1",
            "waiting": 2,
            "longest": 120.0,
            "wait": {"count": 2, "median": 60.0, "p95": 120.0},
        }

    async def test_what_ended_is_counted_with_how_long_it_took(self, house: House) -> None:
        issue_id = await at_work(house)
        house.clock.advance(timedelta(minutes=5))
        await house.ask("POST", f"/issues/{issue_id}/conclude", ADA, {"conclusion": "resolved"})
        stats = (await house.ask("GET", "/stats", SAM)).body
        assert stats["conclusions"]["resolved"] == 1
        assert stats["conclusion"] == {"count": 1, "median": 300.0, "p95": 300.0}
        house.clock.advance(timedelta(days=8))
        house.tokens.clear()  # they expired long ago
        assert (await house.ask("GET", "/stats", SAM)).body["conclusions"]["resolved"] == 0
        assert (await house.ask("GET", "/stats?days=30", SAM)).body["conclusions"]["resolved"] == 1

    async def test_who_has_what_is_said(self, house: House) -> None:
        await at_work(house)
        stats = (await house.ask("GET", "/stats", SAM)).body
        assert stats["open"] == [{"tier": "T1", "assignee": ADA.user_id, "issues": 1}]
        ada = next(one for one in stats["on_duty"] if one["user_id"] == ADA.user_id)
        assert ada == {"user_id": ADA.user_id, "tier": "T1", "holds": 1, "capacity": None}
