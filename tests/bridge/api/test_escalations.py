"""Up and down the tiers over HTTP, and what a guest sees of it."""

from __future__ import annotations

from typing import Any

import pytest

from policies.names import ANSWER_KEY
from tests.bridge.api.house import GINA, GUEST_ROOM, HUGO, STAFF_ROOM, House
from tests.builders.people import ADA, BEN, DIAGNOSTICS, SAM
from tests.fakes.homeserver import FakeRoom


async def claimed(house: House) -> str:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    return issue_id


def escalation(mode: str = "in_place", **more: Any) -> dict[str, Any]:
    return {"mode": mode, "reason": "too hard", "note": "see field 7", **more}


async def test_in_place_the_tier_is_raised_and_the_assignee_stays(house: House) -> None:
    issue_id = await claimed(house)
    reply = await house.ask("POST", f"/issues/{issue_id}/escalate", ADA, escalation())
    assert reply.status == 200
    told = {key: reply.body[key] for key in ("status", "tier", "wanted", "assignee", "child")}
    assert told == {"status": "open", "tier": "T2", "wanted": "tier", "assignee": ADA.user_id, "child": None}
    again = await house.ask("POST", f"/issues/{issue_id}/escalate", ADA, escalation())
    assert (again.status, again.errcode) == (409, "CHAPERONE_ALREADY_ESCALATED")
    taken = await house.ask("POST", f"/issues/{issue_id}/claim", BEN, {})
    assert (taken.status, taken.body["assignee"], taken.body["wanted"]) == (200, BEN.user_id, None)
    late = await house.ask("POST", f"/issues/{issue_id}/claim", SAM, {})
    assert (late.status, late.errcode) == (409, "CHAPERONE_ALREADY_CLAIMED")


async def test_to_a_new_room_the_child_is_named_and_open_at_once(house: House) -> None:
    issue_id = await claimed(house)
    reply = await house.ask("POST", f"/issues/{issue_id}/escalate", ADA, escalation("new_room"))
    assert (reply.status, reply.body["status"], reply.body["conclusion"]) == (200, "concluded", "escalated")
    child = (await house.ask("GET", f"/issues/{reply.body['child']}", BEN)).body
    assert (child["status"], child["tier"], child["assignee"], child["parent"]) == ("open", "T2", ADA.user_id, issue_id)
    [epoch] = reply.body["epochs"]
    assert (epoch["conclusion"], epoch["concluded_by"]) == ("escalated", ADA.user_id)
    assert epoch["note"] == "too hard see field 7"


async def test_the_guest_is_told_where_it_goes_on_and_writes_there_from_the_old_place(house: House) -> None:
    issue_id = await claimed(house)
    child = (await house.ask("POST", f"/issues/{issue_id}/escalate", ADA, escalation("new_room"))).body["child"]
    old, new = [(await house.ask("GET", f"/issues/{one}", GINA)).body for one in (issue_id, child)]
    assert (old["continues_in"], old["guest_room"]) == (child, GUEST_ROOM)
    assert (new["continues"], new["status"]) == (issue_id, "open")
    for number, place in enumerate((GUEST_ROOM, f"lobby:{issue_id}", f"lobby:{child}")):
        written = await house.ask("POST", f"/rooms/{place}/messages", GINA, {"txn_id": f"t{number}", "body": "Hello?"})
        assert written.status == 200, written.body
    async with house.store.read() as tx:
        words = await tx.words.in_lobby(child)
    assert [one.body for one in words] == ["Hello?"] * 3


async def test_what_has_a_child_is_not_reopened_and_the_answer_names_it(house: House) -> None:
    issue_id = await claimed(house)
    child = (await house.ask("POST", f"/issues/{issue_id}/escalate", ADA, escalation("new_room"))).body["child"]
    for who in (GINA, ADA):
        reply = await house.ask("POST", f"/issues/{issue_id}/reopen", who, {})
        assert (reply.status, reply.errcode) == (409, "CHAPERONE_ISSUE_CONCLUDED")
        assert reply.body["continues_in"] == child
        assert "reopen" not in reply.body


async def test_a_queued_issue_is_escalated_in_its_place_only(house: House) -> None:
    issue_id = await house.open_issue()
    reply = await house.ask("POST", f"/issues/{issue_id}/escalate", ADA, escalation("new_room"))
    assert (reply.status, reply.errcode) == (409, "CHAPERONE_ISSUE_NOT_OPEN")
    reply = await house.ask("POST", f"/issues/{issue_id}/escalate", ADA, escalation())
    assert (reply.body["status"], reply.body["tier"]) == ("queued", "T2")
    reply = await house.ask("POST", f"/issues/{issue_id}/deescalate", BEN, {"reason": "simple"})
    assert (reply.body["status"], reply.body["tier"]) == ("queued", "T1")
    reply = await house.ask("POST", f"/issues/{issue_id}/deescalate", BEN, {})
    assert (reply.status, reply.errcode) == (409, "CHAPERONE_LOWEST_TIER")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "reason"),
        ({"reason": " "}, "reason"),
        ({"reason": "x", "mode": "sideways"}, "mode"),
        ({"reason": "x", "tier": "T3"}, "tier"),
    ],
)
async def test_what_does_not_fit_changes_nothing(house: House, body: dict[str, str], where: str) -> None:
    issue_id = await claimed(house)
    reply = await house.ask("POST", f"/issues/{issue_id}/escalate", ADA, body)
    assert (reply.status, [fault["where"] for fault in reply.body["faults"]]) == (400, [where])
    assert (await house.ask("GET", f"/issues/{issue_id}", ADA)).body["tier"] == "T1"


async def test_an_issue_that_does_not_exist_is_not_found(house: House) -> None:
    for verb, body in (("escalate", {"reason": "x"}), ("deescalate", {}), ("unshare", {"event_id": "$x"})):
        assert (await house.ask("POST", f"/issues/999/{verb}", ADA, body)).status == 404


class TestUnshare:
    async def test_a_copy_is_taken_back_once(self, house: House) -> None:
        issue_id = await claimed(house)
        house.homeserver.rooms[STAFF_ROOM] = FakeRoom()
        mark = {
            "kind": "chat",
            "delivery": "streaming",
            "state": "done",
            "robot": DIAGNOSTICS.user_id,
            "question": "$q",
        }
        content = {"msgtype": "m.text", "body": "Field 7.", ANSWER_KEY: mark}
        answer = await house.happen(STAFF_ROOM, DIAGNOSTICS, "m.room.message", content)
        shared = await house.ask("POST", f"/issues/{issue_id}/share", ADA, {"event_id": answer})
        assert shared.status == 200, shared.body
        taken = await house.ask("POST", f"/issues/{issue_id}/unshare", ADA, {"event_id": answer})
        assert (taken.status, taken.body) == (200, {"ids": [shared.body["id"]]})
        again = await house.ask("POST", f"/issues/{issue_id}/unshare", ADA, {"event_id": answer})
        assert (again.status, again.errcode) == (409, "CHAPERONE_NOT_SHARED")


class TestFeedback:
    async def test_a_guest_rates_what_ended_and_staff_see_it(self, house: House) -> None:
        issue_id = await claimed(house)
        early = await house.ask("POST", f"/issues/{issue_id}/rating", GINA, {"rating": 5})
        assert (early.status, early.errcode) == (409, "CHAPERONE_ISSUE_NOT_CONCLUDED")
        await house.ask("POST", f"/issues/{issue_id}/conclude", ADA, {"conclusion": "resolved"})
        reply = await house.ask("POST", f"/issues/{issue_id}/rating", GINA, {"rating": 4, "comment": "Quick."})
        assert (reply.status, reply.body["rating"]) == (200, 4)
        changed = await house.ask("POST", f"/issues/{issue_id}/rating", GINA, {"rating": 2})
        assert changed.body["rating"] == 2
        [epoch] = (await house.ask("GET", f"/issues/{issue_id}", ADA)).body["epochs"]
        assert (epoch["rating"], epoch["comment"], epoch["conclusion"]) == (2, "", "resolved")
        assert epoch["conclusion_seconds"] == 0

    @pytest.mark.parametrize("body", [{"rating": 0}, {"rating": 6}, {"rating": "5"}, {"rating": 4.5}, {}])
    async def test_a_rating_is_a_number_from_one_to_five(self, house: House, body: dict[str, Any]) -> None:
        issue_id = await claimed(house)
        assert (await house.ask("POST", f"/issues/{issue_id}/rating", GINA, body)).status == 400

    async def test_only_the_issues_own_guest_speaks(self, house: House) -> None:
        issue_id = await claimed(house)
        for verb, body in (("rating", {"rating": 5}), ("contact", {"contact": "hugo@example.org"})):
            other = await house.ask("POST", f"/issues/{issue_id}/{verb}", HUGO, body)
            missing = await house.ask("POST", f"/issues/999/{verb}", HUGO, body)
            assert other.status == missing.status == 404
            assert other.body["error"].replace(issue_id, "999") == missing.body["error"]
            staff = await house.ask("POST", f"/issues/{issue_id}/{verb}", ADA, body)
            assert (staff.status, staff.errcode) == (403, "CHAPERONE_NOT_PERMITTED")

    async def test_an_address_is_for_staff_alone(self, house: House) -> None:
        issue_id = await house.open_issue()
        reply = await house.ask("POST", f"/issues/{issue_id}/contact", GINA, {"contact": "gina@example.org"})
        assert (reply.status, reply.body["contact_left"]) == (200, True)
        assert "example.org" not in str(reply.body)
        assert (await house.ask("GET", f"/issues/{issue_id}", ADA)).body["contact"] == "gina@example.org"
        two_lines = await house.ask("POST", f"/issues/{issue_id}/contact", GINA, {"contact": "a\nb"})
        assert two_lines.status == 400

    async def test_a_guest_is_told_that_nobody_is_there(self, house: House) -> None:
        issue_id = await house.open_issue()
        assert not (await house.ask("GET", f"/issues/{issue_id}", GINA)).body["nobody_on_duty"]
        async with house.store.write() as tx:
            for person in (await tx.principals.directory()).staff():
                await tx.duties.set(person.user_id, on_duty=False)
        assert (await house.ask("GET", f"/issues/{issue_id}", GINA)).body["nobody_on_duty"]
