"""An issue's two rooms as one story, and a room as it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bridge.ports import RoomGrew, SessionEnded
from tests.bridge.api.house import GINA, GUEST_ROOM, HUGO, STAFF_ROOM, House
from tests.builders.people import ADA, BEN, SAM
from tests.until import until


async def _story(house: House) -> str:
    """Ada and Gina talk, with asides in the staff room."""
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    for number in range(5):
        room = GUEST_ROOM if number % 2 else STAFF_ROOM
        await house.happen(room, ADA, "m.room.message", {"msgtype": "m.text", "body": f"word {number}"})
    return issue_id


def _somebody_waits(house: House) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        return bool(house.notices._subscriptions)

    return ask


class TestTimeline:
    async def test_both_rooms_are_one_story_in_order(self, house: House) -> None:
        issue_id = await _story(house)
        reply = await house.ask("GET", f"/issues/{issue_id}/timeline", ADA)
        assert reply.status == 200
        said = [(e["side"], e["content"]["body"]) for e in reply.body["events"] if e["type"] == "m.room.message"]
        assert said == [
            ("staff", "word 0"),
            ("guest", "word 1"),
            ("staff", "word 2"),
            ("guest", "word 3"),
            ("staff", "word 4"),
        ]
        assert {e["room"] for e in reply.body["events"]} == {GUEST_ROOM, STAFF_ROOM}

    async def test_read_page_by_page_it_is_the_same_story(self, house: House) -> None:
        issue_id = await _story(house)
        whole = (await house.ask("GET", f"/issues/{issue_id}/timeline", ADA)).body
        for limit in (1, 2, 3):
            found: list[object] = []
            since = 0
            while True:
                page = (await house.ask("GET", f"/issues/{issue_id}/timeline?since={since}&limit={limit}", ADA)).body
                assert len(page["events"]) <= limit
                found += page["events"]
                if page["cursor"] == since:
                    break
                since = page["cursor"]
            assert found == whole["events"]
            assert since == whole["cursor"]

    async def test_what_happens_later_is_read_from_the_cursor(self, house: House) -> None:
        issue_id = await _story(house)
        cursor = (await house.ask("GET", f"/issues/{issue_id}/timeline", ADA)).body["cursor"]
        await house.happen(GUEST_ROOM, ADA, "m.room.message", {"msgtype": "m.text", "body": "later"})
        page = (await house.ask("GET", f"/issues/{issue_id}/timeline?since={cursor}", ADA)).body
        assert [event["content"]["body"] for event in page["events"]] == ["later"]

    async def test_nobody_reads_along_unseen(self, house: House) -> None:
        """Not even a supervisor: they break in first, which is announced (rule B1)."""
        issue_id = await _story(house)
        for person in (BEN, SAM):
            reply = await house.ask("GET", f"/issues/{issue_id}/timeline", person)
            assert (reply.status, reply.errcode) == (403, "CHAPERONE_NOT_A_MEMBER")

    async def test_an_issue_that_there_is_not_has_no_story(self, house: House) -> None:
        assert (await house.ask("GET", "/issues/999/timeline", ADA)).status == 404


class TestEvents:
    async def _cursor(self, house: House) -> int:
        return int((await house.ask("GET", f"/rooms/{GUEST_ROOM}/messages", GINA)).body["cursor"])

    async def test_what_is_there_is_answered_at_once(self, house: House) -> None:
        await _story(house)
        reply = await house.ask("GET", f"/rooms/{GUEST_ROOM}/events?since=0", GINA)
        assert reply.status == 200
        assert [e["content"]["body"] for e in reply.body["events"] if e["type"] == "m.room.message"] == [
            "word 1",
            "word 3",
        ]

    async def test_nothing_is_answered_when_the_time_is_over(self, house: House) -> None:
        await _story(house)
        cursor = await self._cursor(house)
        reply = await house.ask("GET", f"/rooms/{GUEST_ROOM}/events?since={cursor}&timeout=0", GINA)
        assert (reply.body["events"], reply.body["cursor"]) == ([], cursor)

    async def test_what_happens_meanwhile_is_answered_when_it_happens(self, house: House) -> None:
        await _story(house)
        cursor = await self._cursor(house)
        waiting = asyncio.create_task(house.ask("GET", f"/rooms/{GUEST_ROOM}/events?since={cursor}", GINA))
        await until(_somebody_waits(house))
        await house.happen(GUEST_ROOM, ADA, "m.room.message", {"msgtype": "m.text", "body": "now"})
        house.notices.publish(RoomGrew(GUEST_ROOM, ()))
        reply = await waiting
        assert [event["content"]["body"] for event in reply.body["events"]] == ["now"]
        assert not house.notices._subscriptions

    async def test_who_is_logged_out_meanwhile_waits_no_longer(self, house: House) -> None:
        await _story(house)
        cursor = await self._cursor(house)
        waiting = asyncio.create_task(house.ask("GET", f"/rooms/{GUEST_ROOM}/events?since={cursor}", GINA))
        await until(_somebody_waits(house))
        session = (await house.accounts.authenticate(await house.token_of(GINA))).session_id
        house.notices.publish(SessionEnded(session))
        assert (await waiting).status == 401

    async def test_one_person_does_not_wait_without_end(self, house: House) -> None:
        await _story(house)
        cursor = await self._cursor(house)
        path = f"/rooms/{GUEST_ROOM}/events?since={cursor}"
        waiting = [asyncio.create_task(house.ask("GET", path, GINA)) for _ in range(8)]

        async def all_wait() -> bool:
            return len(house.notices._subscriptions) == 8

        await until(all_wait)
        one_more = await house.ask("GET", path, GINA)
        assert one_more.status == 429
        assert "Retry-After" in one_more.headers
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def test_another_guest_finds_no_such_room(self, house: House) -> None:
        await _story(house)
        for room in (GUEST_ROOM, "!nowhere"):
            assert (await house.ask("GET", f"/rooms/{room}/events?since=0", HUGO)).status == 404
        assert (await house.ask("GET", f"/rooms/{STAFF_ROOM}/events?since=0", GINA)).status == 404
