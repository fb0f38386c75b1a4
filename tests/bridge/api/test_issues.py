from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bridge.ports import IncomingEvent
from policies.issue import Status
from policies.names import ANSWER_KEY, EventId, IssueId
from policies.rooms import Membership
from tests.bridge.api.house import GINA, GUEST_ROOM, HUGO, STAFF_ROOM, House
from tests.builders.people import ADA, ALEX, BEN, DIAGNOSTICS, SAM
from tests.fakes.homeserver import FakeRoom


async def test_a_guest_opens_an_issue_and_is_told_their_place_in_the_queue(house: House) -> None:
    await house.open_issue(HUGO)
    reply = await house.ask("POST", "/issues", GINA, {"subject": "Export fails", "message": "Hello?"})
    assert reply.status == 201
    assert reply.body == {
        "id": "2",
        "subject": "Export fails",
        "status": "queued",
        "waiting_on": None,
        "conclusion": None,
        "epoch": 1,
        "queue_position": 2,
        "guest_room": None,
        "opened_at": house.clock.now().isoformat().replace("+00:00", "Z"),
        "group": False,
        "nobody_on_duty": False,
        "contact_left": False,
        "continues_in": None,
        "continues": None,
        "rating": None,
    }


async def test_staff_open_no_issues(house: House) -> None:
    reply = await house.ask("POST", "/issues", ADA, {"subject": "Export fails", "message": "Hello?"})
    assert (reply.status, reply.errcode) == (403, "CHAPERONE_NOT_PERMITTED")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"message": "Hello?"}, "subject"),
        ({"subject": " ", "message": "Hello?"}, "subject"),
        ({"subject": "x" * 201, "message": "Hello?"}, "subject"),
        ({"subject": "Export fails"}, "message"),
        ({"subject": "Export fails", "message": ""}, "message"),
        ({"subject": "Export fails", "message": "x" * 12_001}, "message"),
        ({"subject": "Export fails", "message": "Hello?", "tier": "T3"}, "tier"),
    ],
)
async def test_an_issue_that_does_not_fit_is_not_opened(house: House, body: dict[str, str], where: str) -> None:
    reply = await house.ask("POST", "/issues", GINA, body)
    assert (reply.status, reply.errcode) == (400, "M_BAD_JSON")
    assert [fault["where"] for fault in reply.body["faults"]] == [where]
    assert (await house.ask("GET", "/issues", GINA)).body["issues"] == []


async def test_a_guest_is_told_of_their_room_once_they_can_enter_it(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA, with_rooms=False)
    async with house.store.write() as tx:
        record = await tx.issues.load(IssueId(issue_id))
        assert record is not None
        await tx.issues.save(replace(record.issue, guest_room=GUEST_ROOM))
    assert (await house.ask("GET", f"/issues/{issue_id}", GINA)).body["guest_room"] is None
    async with house.store.write() as tx:
        await tx.rooms.set_member(GUEST_ROOM, GINA.user_id, Membership.JOIN, 1)
    assert (await house.ask("GET", f"/issues/{issue_id}", GINA)).body["guest_room"] == GUEST_ROOM


async def test_staff_see_all_of_an_issue(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    reply = await house.ask("GET", f"/issues/{issue_id}", ADA)
    now = house.clock.now().isoformat().replace("+00:00", "Z")
    assert reply.body == {
        "id": issue_id,
        "subject": "Export fails",
        "status": "open",
        "waiting_on": "staff",
        "tier": "T1",
        "assignee": ADA.user_id,
        "guest": GINA.user_id,
        "guest_name": "Gina",
        "guest_room": GUEST_ROOM,
        "staff_room": STAFF_ROOM,
        "conclusion": None,
        "epoch": 1,
        "queue_position": None,
        "opened_at": now,
        "group": False,
        "guests": [GINA.user_id],
        "queued_at": now,
        "wanted": None,
        "parent": None,
        "child": None,
        "contact": None,
        "epochs": [
            {
                "epoch": 1,
                "began_at": now,
                "answered_at": None,
                "answered_by": None,
                "first_answer_seconds": None,
                "ended_at": None,
                "conclusion_seconds": None,
                "conclusion": None,
                "concluded_by": None,
                "note": None,
                "rating": None,
                "comment": None,
                "rated_at": None,
            }
        ],
    }


async def test_a_guest_sees_their_issue_become_open(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    reply = await house.ask("GET", f"/issues/{issue_id}", GINA)
    assert (reply.body["status"], reply.body["queue_position"], reply.body["guest_room"]) == ("open", None, GUEST_ROOM)


@pytest.mark.parametrize("issue_id", ["999", "0", "-1", "abc", "1e3", "9" * 40, "١", "%20", "lobby:1"])
async def test_an_issue_that_does_not_exist_is_not_found_whatever_it_is_called(house: House, issue_id: str) -> None:
    for method, path in (("GET", ""), ("POST", "/claim")):
        reply = await house.ask(method, f"/issues/{issue_id}{path}", ADA)
        assert (reply.status, reply.errcode) == (404, "M_NOT_FOUND")


async def test_issues_are_listed_newest_first_page_by_page(house: House) -> None:
    ids = [await house.open_issue(guest) for guest in (GINA, HUGO, GINA, HUGO, GINA)]
    seen: list[str] = []
    cursor, pages = "", 0
    while True:
        reply = await house.ask("GET", f"/issues?limit=2{cursor}", ADA)
        seen += [issue["id"] for issue in reply.body["issues"]]
        pages += 1
        if reply.body["next"] is None:
            break
        cursor = f"&cursor={reply.body['next']}"
    assert seen == ids[::-1]
    assert pages == 3


async def test_a_page_that_is_full_and_the_last_has_no_next(house: House) -> None:
    await house.open_issue()
    assert (await house.ask("GET", "/issues?limit=1", GINA)).body["next"] is None


async def test_issues_are_filtered_by_status_tier_assignee_and_text(house: House) -> None:
    first = await house.open_issue(GINA, "Export fails")
    second = await house.open_issue(HUGO, "Import fails")
    await house.claim(first, ADA, with_rooms=False)

    async def found(query: str) -> list[str]:
        return [issue["id"] for issue in (await house.ask("GET", f"/issues?{query}", BEN)).body["issues"]]

    assert await found("status=open") == [first]
    assert await found("status=queued") == [second]
    assert await found("status=concluded") == []
    assert await found("tier=T1") == [second, first]
    assert await found("tier=T2") == []
    assert await found(f"assignee={ADA.user_id}") == [first]
    assert await found("q=import") == [second]
    assert await found("q=fails&status=open") == [first]
    assert await found("q=%25") == []


@pytest.mark.parametrize("query", ["status=lost", "tier=T4", "tier=1", "cursor=0", "cursor=x", "limit=1000"])
async def test_a_filter_that_cannot_be_is_refused(house: House, query: str) -> None:
    assert (await house.ask("GET", f"/issues?{query}", ADA)).errcode == "M_INVALID_PARAM"


async def test_an_employee_claims_an_issue(house: House) -> None:
    issue_id = await house.open_issue()
    reply = await house.ask("POST", f"/issues/{issue_id}/claim", ADA)
    assert reply.status == 200
    assert (reply.body["status"], reply.body["assignee"]) == ("open", ADA.user_id)


async def test_of_two_who_claim_at_once_one_gets_it_and_the_other_is_told_who(house: House) -> None:
    issue_id = await house.open_issue()
    await house.token_of(ADA)
    await house.token_of(BEN)
    replies = await asyncio.gather(*(house.ask("POST", f"/issues/{issue_id}/claim", who) for who in (ADA, BEN)))
    winner, loser = sorted(replies, key=lambda reply: reply.status)
    assert (winner.status, loser.status) == (200, 409)
    assert loser.errcode == "CHAPERONE_ALREADY_CLAIMED"
    assert winner.body["assignee"] in loser.body["error"]
    assert loser.body["facts"]["assignee"] == winner.body["assignee"]


async def test_an_issue_of_a_higher_tier_is_not_claimed(house: House) -> None:
    issue_id = await house.open_issue()
    async with house.store.write() as tx:
        record = await tx.issues.load_by_room(GUEST_ROOM) or (await tx.issues.list())[0]
        await tx.issues.save(replace(record.issue, tier=BEN.tier or record.issue.tier))
    reply = await house.ask("POST", f"/issues/{issue_id}/claim", ADA)
    assert (reply.status, reply.errcode) == (403, "CHAPERONE_WRONG_TIER")


@pytest.mark.parametrize("to", [BEN.user_id, "ben", "@ben"])
async def test_the_assignee_hands_an_issue_over(house: House, to: str) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    reply = await house.ask("POST", f"/issues/{issue_id}/handover", ADA, {"to": to})
    assert (reply.status, reply.body["assignee"]) == (200, BEN.user_id)


async def test_only_the_assignee_or_a_supervisor_hands_an_issue_over(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    refused = await house.ask("POST", f"/issues/{issue_id}/handover", BEN, {"to": "ben"})
    assert (refused.status, refused.errcode) == (403, "CHAPERONE_NOT_YOUR_ISSUE")
    assert (await house.ask("POST", f"/issues/{issue_id}/handover", SAM, {"to": "ben"})).status == 200


@pytest.mark.parametrize("to", ["guest-gina", "nobody", "istackbuddy.forms.diagnostics", "alex", "a b", "@:", "🦉"])
async def test_an_issue_is_handed_to_active_employees_only(house: House, to: str) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    reply = await house.ask("POST", f"/issues/{issue_id}/handover", ADA, {"to": to})
    assert (reply.status, reply.errcode) == (403, "CHAPERONE_STAFF_ONLY")


async def test_an_issue_that_waits_is_not_handed_over(house: House) -> None:
    issue_id = await house.open_issue()
    reply = await house.ask("POST", f"/issues/{issue_id}/handover", SAM, {"to": "ben"})
    assert (reply.status, reply.errcode) == (409, "CHAPERONE_ISSUE_NOT_OPEN")


async def test_an_employee_concludes_an_issue_once(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    body = {"conclusion": "resolved", "note": "Told them how."}
    reply = await house.ask("POST", f"/issues/{issue_id}/conclude", ADA, body)
    assert (reply.status, reply.body["status"], reply.body["conclusion"]) == (200, "concluded", "resolved")
    async with house.store.read() as tx:
        [ending] = await tx.issues.endings((await tx.issues.list())[0].issue.id)
    assert (ending.by, ending.note) == (ADA.user_id, "Told them how.")
    again = await house.ask("POST", f"/issues/{issue_id}/conclude", ADA, {"conclusion": "unresolved"})
    assert (again.status, again.errcode) == (409, "CHAPERONE_ISSUE_CONCLUDED")
    claimed = await house.ask("POST", f"/issues/{issue_id}/claim", ADA)
    assert (claimed.status, claimed.errcode) == (409, "CHAPERONE_ISSUE_CONCLUDED")


async def test_a_conclusion_is_one_of_those_there_are(house: House) -> None:
    issue_id = await house.open_issue()
    for conclusion in ("escalated", "done", "", None):
        reply = await house.ask("POST", f"/issues/{issue_id}/conclude", ADA, {"conclusion": conclusion})
        assert (reply.status, reply.errcode) == (400, "M_BAD_JSON")
    async with house.store.read() as tx:
        assert (await tx.issues.list())[0].issue.status is Status.QUEUED


async def test_an_employee_shares_a_finished_answer(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    answer = {"msgtype": "m.text", "body": "Two cycles.", ANSWER_KEY: {"kind": "chat", "state": "done"}}
    event_id = await house.happen(STAFF_ROOM, DIAGNOSTICS, "m.room.message", answer)
    reply = await house.ask("POST", f"/issues/{issue_id}/share", ADA, {"event_id": event_id})
    assert reply.status == 200
    assert reply.body["id"]
    edited = {"event_id": event_id, "body": "There are two cycles."}
    assert (await house.ask("POST", f"/issues/{issue_id}/share", ADA, edited)).body["id"] != reply.body["id"]


async def test_an_answer_is_shared_by_who_saw_it_before_we_were_told_of_it(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    answer = {"msgtype": "m.text", "body": "Two cycles.", ANSWER_KEY: {"kind": "chat", "state": "done"}}
    untold = IncomingEvent(EventId("$untold"), STAFF_ROOM, "m.room.message", DIAGNOSTICS.user_id, 1, answer)
    house.homeserver.rooms[STAFF_ROOM] = FakeRoom(events=[untold])
    assert (await house.ask("POST", f"/issues/{issue_id}/share", ADA, {"event_id": "$untold"})).status == 200


async def test_an_answer_that_is_not_finished_is_not_shared(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    answer = {"msgtype": "m.text", "body": "…", ANSWER_KEY: {"kind": "chat", "state": "pending"}}
    event_id = await house.happen(STAFF_ROOM, DIAGNOSTICS, "m.room.message", answer)
    reply = await house.ask("POST", f"/issues/{issue_id}/share", ADA, {"event_id": event_id})
    assert (reply.status, reply.errcode) == (403, "CHAPERONE_NOTHING_TO_SHARE")


async def test_an_answer_of_another_room_is_not_found(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    event_id = await house.happen(GUEST_ROOM, ADA, "m.room.message", {"msgtype": "m.text", "body": "Hello"})
    for known in (event_id, "$nothing"):
        reply = await house.ask("POST", f"/issues/{issue_id}/share", ADA, {"event_id": known})
        assert (reply.status, reply.errcode) == (404, "M_NOT_FOUND")


async def test_an_admin_is_staff(house: House) -> None:
    issue_id = await house.open_issue()
    assert (await house.ask("GET", f"/issues/{issue_id}", ALEX)).body["tier"] == "T1"


async def test_a_guest_reopens_their_issue_with_what_they_want_to_say(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    await house.ask("POST", f"/issues/{issue_id}/conclude", ADA, {"conclusion": "resolved"})
    reply = await house.ask("POST", f"/issues/{issue_id}/reopen", GINA, {"message": "It is back."})
    assert (reply.status, reply.body["status"], reply.body["epoch"]) == (200, "open", 2)
    again = await house.ask("POST", f"/issues/{issue_id}/reopen", GINA, {"message": "It is back."})
    assert (again.status, again.errcode) == (409, "CHAPERONE_ISSUE_NOT_CONCLUDED")


async def test_another_guests_issue_is_reopened_like_one_that_does_not_exist(house: House) -> None:
    issue_id = await house.open_issue()
    replies = [await house.ask("POST", f"/issues/{n}/reopen", HUGO, {"message": "x"}) for n in (issue_id, "99")]
    assert [reply.status for reply in replies] == [404, 404]
