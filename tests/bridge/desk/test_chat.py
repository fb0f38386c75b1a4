"""Commands and taps in rooms of staff."""

from __future__ import annotations

from policies.issue import Conclusion, Status
from policies.rooms import Membership
from tests.bridge.desk.office import GINA, ROBOT, Office, user
from tests.fakes.homeserver import BOT


async def test_a_tap_on_the_card_claims_the_issue(office: Office) -> None:
    record = await office.open_issue()
    await office.tap(user("ada"), office.queue(), record.card, "✋")
    assert (await office.record(record.issue.id)).issue.assignee == user("ada")


async def test_a_tap_counts_with_or_without_the_variation_selector(office: Office) -> None:
    record = await office.open_issue()
    await office.tap(user("ada"), office.queue(), record.card, "✋\ufe0f")
    assert (await office.record(record.issue.id)).issue.status is Status.OPEN


async def test_the_bridges_own_reaction_claims_nothing(office: Office) -> None:
    record = await office.open_issue()
    await office.settle()
    assert (await office.record(record.issue.id)).issue.status is Status.QUEUED


async def test_the_second_to_tap_is_told_who_was_first(office: Office) -> None:
    record = await office.open_issue()
    await office.tap(user("ada"), office.queue(), record.card, "✋")
    await office.tap(user("amy"), office.queue(), record.card, "✋")
    sender, body = office.homeserver.bodies(office.queue())[-1]
    assert sender == BOT
    assert str(user("ada")) in body


async def test_claim_without_a_number_takes_who_waits_longest(office: Office) -> None:
    first, second = await office.open_issue(), await office.open_issue()
    await office.say(user("ada"), office.queue(), "!claim")
    assert (await office.record(first.issue.id)).issue.status is Status.OPEN
    assert (await office.record(second.issue.id)).issue.status is Status.QUEUED


async def test_claim_with_a_number_takes_that_issue(office: Office) -> None:
    first, second = await office.open_issue(), await office.open_issue()
    await office.say(user("ada"), office.queue(), f"!claim {second.issue.id}")
    assert (await office.record(first.issue.id)).issue.status is Status.QUEUED
    assert (await office.record(second.issue.id)).issue.status is Status.OPEN


async def test_claim_of_a_number_that_does_not_exist_says_so(office: Office) -> None:
    await office.say(user("ada"), office.queue(), "!claim 4711")
    assert "4711" in office.homeserver.bodies(office.queue())[-1][1]


async def test_conclude_ends_the_issue_with_its_note(office: Office) -> None:
    record = await office.claimed_issue()
    await office.say(user("ada"), record.issue.staff_room, "!conclude unresolved it is the vendor's bug")
    assert (await office.record(record.issue.id)).issue.conclusion is Conclusion.UNRESOLVED


async def test_a_tick_on_the_top_of_the_staff_room_resolves_the_issue(office: Office) -> None:
    record = await office.claimed_issue()
    await office.tap(user("ada"), record.issue.staff_room, record.desk_card, "✅")
    assert (await office.record(record.issue.id)).issue.conclusion is Conclusion.RESOLVED


async def test_a_tick_on_any_other_message_is_a_tick(office: Office) -> None:
    record = await office.claimed_issue()
    remark = await office.say(user("ada"), record.issue.staff_room, "done I think")
    await office.tap(user("ada"), record.issue.staff_room, remark, "✅")
    assert (await office.record(record.issue.id)).issue.status is Status.OPEN


async def test_an_answer_is_shared_by_a_tap_and_by_a_reply(office: Office) -> None:
    record = await office.claimed_issue()
    assert record.issue.guest_room is not None
    first = await office.answer(record.issue.staff_room, "one")
    await office.tap(user("ada"), record.issue.staff_room, first, "📤")
    second = await office.answer(record.issue.staff_room, "two")
    relation = {"m.in_reply_to": {"event_id": second}}
    await office.say(user("ada"), record.issue.staff_room, "!share", **{"m.relates_to": relation})
    assert office.homeserver.bodies(record.issue.guest_room)[-2:] == [(BOT, "one"), (BOT, "two")]


async def test_a_robots_command_changes_nothing(office: Office) -> None:
    record = await office.claimed_issue()
    await office.say(ROBOT, record.issue.staff_room, "!conclude resolved")
    assert (await office.record(record.issue.id)).issue.status is Status.OPEN


async def test_a_guests_command_is_talk(office: Office) -> None:
    record = await office.claimed_issue()
    await office.say(GINA.user_id, record.issue.guest_room, "!conclude resolved")
    assert (await office.record(record.issue.id)).issue.status is Status.OPEN


async def test_handover_by_short_name_brings_the_colleague_in(office: Office) -> None:
    record = await office.claimed_issue()
    assert record.issue.guest_room is not None
    await office.say(user("ada"), record.issue.staff_room, "!handover @amy")
    assert office.homeserver.facts(record.issue.guest_room).membership_of(user("amy")) is Membership.JOIN


async def test_an_unknown_command_is_answered_with_help(office: Office) -> None:
    record = await office.claimed_issue()
    assert record.issue.staff_room is not None
    await office.say(user("ada"), record.issue.staff_room, "!frobnicate")
    assert "!help" in office.homeserver.bodies(record.issue.staff_room)[-1][1]


async def test_what_is_asked_of_a_robot_is_left_to_the_robot(office: Office) -> None:
    record = await office.claimed_issue()
    assert record.issue.staff_room is not None
    before = len(office.homeserver.messages(record.issue.staff_room))
    await office.say(user("ada"), record.issue.staff_room, "!ask iStackBuddy.forms.diagnostics contact.json")
    assert len(office.homeserver.messages(record.issue.staff_room)) == before + 1
