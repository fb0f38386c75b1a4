from __future__ import annotations

from datetime import timedelta

from bridge.desk.export import Row, load_rows
from policies.issue import Conclusion
from tests.bridge.desk.office import GINA, Office, user


async def rows(office: Office) -> list[Row]:
    return [row async for row in load_rows(office.store)]


async def test_a_conversation_is_one_row_with_all_that_became_of_it(office: Office) -> None:
    opened = office.clock.now()
    record = await office.claimed_issue()
    room = record.issue.guest_room
    office.clock.advance(timedelta(minutes=3))
    answered = office.clock.now()
    await office.say(user("ada"), room, "Which form?")
    await office.desk.write(GINA, str(room), "t1", "The contact form.")
    await office.settle()
    answer = await office.answer(record.issue.staff_room)
    await office.desk.share(user("ada"), record.issue.id, answer, None)
    await office.settle()
    await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "It was field 7.")
    concluded = office.clock.now()
    await office.settle()
    await office.desk.rate(GINA, record.issue.id, 4, "Fine.")
    [row] = await rows(office)
    assert (row.id, row.subject, row.guest, row.guest_name) == ("1", "Export fails", GINA.user_id, "Guest-Gina")
    assert row.opened == opened
    assert row.first_answer is not None
    assert answered <= row.first_answer <= answered + timedelta(seconds=5)
    assert (row.concluded, row.conclusion, row.concluded_by) == (concluded, "resolved", user("ada"))
    assert (row.tier, row.assignee, row.epochs) == ("T1", user("ada"), 1)
    assert (row.messages_of_guests, row.messages_of_staff) == (2, 1)
    assert row.rating == 4
    assert "field 7" not in str(row.as_data())


async def test_what_waits_has_a_row_too(office: Office) -> None:
    await office.open_issue()
    [row] = await rows(office)
    assert (row.status, row.first_answer, row.concluded, row.rating) == ("queued", None, None, None)
    assert (row.messages_of_guests, row.messages_of_staff) == (1, 0)


async def test_an_issue_that_was_reopened_goes_on(office: Office) -> None:
    record = await office.claimed_issue()
    await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "")
    await office.settle()
    await office.desk.reopen(GINA, record.issue.id, "It is back.")
    await office.settle()
    [row] = await rows(office)
    assert (row.concluded, row.conclusion, row.epochs) == (None, None, 2)
