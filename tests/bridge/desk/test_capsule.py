"""What whoever takes an escalated issue is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.desk.capsule import LONGEST, MOST_ANSWERS, MOST_WORDS
from policies.escalation import Mode
from policies.names import IssueId
from tests.bridge.desk.office import GINA, ROBOT, Office, user
from tests.bridge.desk.test_escalations import ADA


async def capsule(office: Office, issue_id: IssueId, mode: Mode = Mode.IN_PLACE) -> Mapping[str, Any]:
    await office.desk.escalate(ADA, issue_id, mode, "<b>too hard</b>", "")
    await office.settle()
    issue = (await office.record(issue_id)).issue
    last = (await office.record(issue.child or issue.id)).issue
    assert last.staff_room is not None
    [content] = [
        event.content
        for event in office.homeserver.messages(last.staff_room)
        if "Observations so far" in event.content["body"]
    ]
    return content


async def test_of_many_answers_the_newest_are_told_and_of_many_words_the_last(office: Office) -> None:
    record = await office.claimed_issue()
    for number in range(MOST_ANSWERS + 2):
        await office.answer(record.issue.staff_room, f"Finding {number}.")
    for number in range(MOST_WORDS + 2):
        await office.desk.write(GINA, str(record.issue.guest_room), f"t{number}", f"Question {number}?")
    await office.settle()
    body = (await capsule(office, record.issue.id))["body"]
    assert [n for n in range(9) if f"Finding {n}." in body] == [2, 3, 4]
    assert [n for n in range(MOST_WORDS + 2) if f"Question {n}?" in body] == [*range(2, MOST_WORDS + 2)]
    assert f"{ROBOT}: Finding 4." in body


async def test_of_an_answer_that_was_edited_the_newest_text_is_told(office: Office) -> None:
    record = await office.claimed_issue()
    first = await office.answer(record.issue.staff_room, "Looking …", state="pending")
    content = {"msgtype": "m.text", "body": "Field 7.", "chat.chaperone.answer": {"state": "done"}}
    relation = {"rel_type": "m.replace", "event_id": first}
    await office.say(
        ROBOT, record.issue.staff_room, "* Field 7.", **{"m.new_content": content, "m.relates_to": relation}
    )
    body = (await capsule(office, record.issue.id))["body"]
    assert body.count("Field 7.") == 1
    assert "Looking" not in body


async def test_hostile_words_are_text_and_long_ones_are_cut(office: Office) -> None:
    record = await office.claimed_issue()
    await office.desk.write(GINA, str(record.issue.guest_room), "t1", "<img src=x>" + "a" * 2000)
    await office.settle()
    told = await capsule(office, record.issue.id)
    assert "<img" not in told["formatted_body"]
    assert "<b>too" not in told["formatted_body"]
    assert "a" * LONGEST not in told["body"]


async def test_where_nothing_was_found_and_nothing_is_open_that_is_said(office: Office) -> None:
    record = await office.claimed_issue()
    await office.say(ADA, record.issue.guest_room, "Which form?")
    body = (await capsule(office, record.issue.id))["body"]
    assert body.count("- none") == 2


async def test_what_is_still_on_its_way_into_the_room_is_an_open_question_too(office: Office) -> None:
    record = await office.claimed_issue()
    await office.desk.write(GINA, str(record.issue.guest_room), "t1", "Hello?")
    body = (await capsule(office, record.issue.id, Mode.NEW_ROOM))["body"]
    assert "Hello?" in body
    assert user("ben") not in body.split("Facts")[0]
