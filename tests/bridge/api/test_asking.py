from __future__ import annotations

import pytest

from tests.bridge.api.house import STAFF_ROOM, House
from tests.builders.people import ADA, BEN, DIAGNOSTICS, SAM

ASK = {"robot": "iStackBuddy.forms.diagnostics", "text": "contact.json"}


async def test_a_question_is_accepted_as_the_employees_own_words(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    reply = await house.ask("POST", f"/issues/{issue_id}/ask", ADA, {**ASK, "txn_id": "mine"})
    assert (reply.status, reply.body) == (201, {"txn_id": "mine", "event_id": None})
    async with house.store.read() as tx:
        words = await tx.words.load_by_txn(house.principals[ADA.user_id].id, STAFF_ROOM, "mine")
    assert words is not None
    assert (words.sender, words.body) == (ADA.user_id, "istackbuddy.forms.diagnostics: contact.json")


async def test_a_repeated_request_asks_once(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    key = {"Idempotency-Key": "once-and-only-once"}
    first = await house.ask("POST", f"/issues/{issue_id}/ask", ADA, ASK, headers=key)
    again = await house.ask("POST", f"/issues/{issue_id}/ask", ADA, ASK, headers=key)
    assert first.body == again.body
    other = await house.ask("POST", f"/issues/{issue_id}/ask", ADA, {**ASK, "text": "x"}, headers=key)
    assert other.status == 409


async def test_who_is_not_there_does_not_ask(house: House) -> None:
    issue_id = await house.open_issue()
    assert (await house.ask("POST", f"/issues/{issue_id}/ask", ADA, ASK)).errcode == "CHAPERONE_ISSUE_NOT_OPEN"
    await house.claim(issue_id, ADA)
    assert (await house.ask("POST", f"/issues/{issue_id}/ask", BEN, ASK)).errcode == "CHAPERONE_NOT_A_MEMBER"
    assert (await house.ask("POST", "/issues/999/ask", ADA, ASK)).status == 404


@pytest.mark.parametrize(
    "body",
    [
        {"robot": "x"},
        {"robot": "x", "text": "  "},
        {"robot": "x", "kind": "form", "text": "this"},
        {"robot": "x", "kind": "dance", "text": "this"},
        {"robot": "x", "text": "this", "attachments": [1]},
    ],
)
async def test_what_asks_nothing_is_refused(house: House, body: object) -> None:
    assert (await house.ask("POST", "/issues/1/ask", ADA, body)).errcode == "M_BAD_JSON"


async def test_more_than_a_message_holds_is_refused(house: House) -> None:
    big = {"robot": "x", "kind": "form", "attachments": [{"a": "x" * 13_000}]}
    assert (await house.ask("POST", "/issues/1/ask", ADA, big)).errcode == "M_BAD_JSON"


async def test_robots_are_brought_in_and_sent_away(house: House) -> None:
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    robot = {"robot": DIAGNOSTICS.user_id}
    assert (await house.ask("GET", f"/issues/{issue_id}/robots", ADA)).body == {"robots": []}
    assert (await house.ask("POST", f"/issues/{issue_id}/robots", ADA, robot)).status == 200
    await house.happen(STAFF_ROOM, DIAGNOSTICS, "m.room.member", {"membership": "join"}, DIAGNOSTICS.user_id)
    assert (await house.ask("GET", f"/issues/{issue_id}/robots", ADA)).body == {"robots": [DIAGNOSTICS.user_id]}
    assert (await house.ask("DELETE", f"/issues/{issue_id}/robots", ADA, robot)).status == 200
    assert (
        await house.ask("POST", f"/issues/{issue_id}/robots", ADA, {"robot": SAM.user_id})
    ).errcode == "CHAPERONE_ROBOTS_STAY_OUT"
