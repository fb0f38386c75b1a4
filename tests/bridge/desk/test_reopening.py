"""A concluded issue goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.errors import MatrixRefused, Unknown
from bridge.ports import IssueRecord, PrincipalId, Words
from policies.issue import Conclusion, Status
from policies.names import Code, RoomId
from policies.outcomes import Refuse
from policies.rooms import Membership
from tests.bridge.desk.office import GINA, STAFF, Office, user
from tests.fakes.homeserver import BOT

ADA = STAFF[0]


async def concluded(office: Office) -> IssueRecord:
    record = await office.claimed_issue()
    await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "")
    await office.settle()
    return await office.record(record.issue.id)


def refusal(outcome: object) -> Refuse:
    assert isinstance(outcome, Refuse)
    return outcome


async def test_a_guest_goes_on_with_whoever_is_still_there(office: Office) -> None:
    record = await concluded(office)
    await office.desk.reopen(GINA, record.issue.id, "It is back.")
    await office.settle()
    issue = (await office.record(record.issue.id)).issue
    assert (issue.status, issue.epoch, issue.assignee, issue.conclusion) == (Status.OPEN, 2, user("ada"), None)
    room = RoomId(str(issue.guest_room))
    assert office.homeserver.bodies(room)[-1] == (GINA.user_id, "It is back.")
    assert GINA.user_id not in office.homeserver.rooms[room].state["m.room.power_levels", ""].content["users"]
    for side in (issue.guest_room, issue.staff_room):
        state = office.homeserver.facts(RoomId(str(side))).issue
        assert state is not None
        assert (state.status, state.epoch) == (Status.OPEN, 2)


async def test_whoever_answered_for_it_and_left_since_is_asked_back_before_its_guest(office: Office) -> None:
    record = await concluded(office)
    room = RoomId(str(record.issue.guest_room))
    with pytest.raises(MatrixRefused):
        await office.act(user("ada"), room, "m.room.member", {"membership": "leave"}, user("ada"))
    await office.settle()
    await office.act(user("ada"), room, "m.room.member", {"membership": "leave"}, user("ada"))
    await office.desk.reopen(GINA, record.issue.id, "It is back.")
    await office.settle()
    assert (await office.record(record.issue.id)).issue.assignee == user("ada")
    assert office.joined(room) == {BOT, user("ada"), GINA.user_id}


async def test_where_nobody_is_left_the_issue_waits_at_the_end_of_the_queue_with_a_new_card(office: Office) -> None:
    record = await concluded(office)
    room = RoomId(str(record.issue.guest_room))
    with pytest.raises(MatrixRefused):
        await office.act(user("ada"), room, "m.room.member", {"membership": "leave"}, user("ada"))
    await office.settle()  # the refusal is heard, and the guest is taken out of a room where nothing is said any more
    await office.act(user("ada"), room, "m.room.member", {"membership": "leave"}, user("ada"))
    await office.off_duty("ada")
    other = await office.open_issue("Other", "other words")
    office.clock.advance(timedelta(minutes=1))
    await office.desk.reopen(GINA, record.issue.id, "It is back.")
    await office.settle()
    again = await office.record(record.issue.id)
    assert again.issue.status is Status.QUEUED
    assert again.card != record.card
    async with office.store.read() as tx:
        assert await tx.issues.queue_position(other.issue.id) == 1
        assert await tx.issues.queue_position(record.issue.id) == 2

    await office.tap(user("amy"), office.queue(), again.card, "✋")
    assert office.homeserver.facts(room).membership_of(GINA.user_id) is Membership.JOIN
    assert office.homeserver.bodies(room)[-1] == (GINA.user_id, "It is back.")


async def test_staff_reopen_by_command(office: Office) -> None:
    record = await concluded(office)
    await office.say(user("ada"), record.issue.staff_room, "!reopen")
    assert (await office.record(record.issue.id)).issue.status is Status.OPEN


async def test_an_issue_that_is_not_concluded_is_not_reopened(office: Office) -> None:
    record = await office.claimed_issue()
    assert refusal(await office.desk.reopen(GINA, record.issue.id, "x")).code is Code.ISSUE_NOT_CONCLUDED


async def test_a_guest_comes_too_late_after_a_week_and_staff_do_not(office: Office) -> None:
    record = await concluded(office)
    office.clock.advance(timedelta(days=8))
    assert refusal(await office.desk.reopen(GINA, record.issue.id, "x")).code is Code.TOO_LATE
    assert isinstance(await office.desk.reopen(ADA, record.issue.id, None), IssueRecord)


async def test_another_guests_issue_is_unknown(office: Office) -> None:
    record = await concluded(office)
    stranger = type(GINA)(PrincipalId("otto"), "otto", GINA.role, None, GINA.standing, user("guest-otto"), None)
    with pytest.raises(Unknown):
        await office.desk.reopen(stranger, record.issue.id, "let me in")


async def test_it_ends_again_with_a_conclusion_of_its_own(office: Office) -> None:
    record = await concluded(office)
    await office.desk.reopen(GINA, record.issue.id, "It is back.")
    await office.desk.conclude(user("ada"), record.issue.id, Conclusion.UNRESOLVED, "")
    async with office.store.read() as tx:
        endings = await tx.issues.endings(record.issue.id)
    assert [(e.epoch, e.conclusion) for e in endings] == [(1, Conclusion.RESOLVED), (2, Conclusion.UNRESOLVED)]


async def test_who_is_back_in_the_lobby_may_go_on_writing_to_the_room(office: Office) -> None:
    record = await concluded(office)
    room = RoomId(str(record.issue.guest_room))
    with pytest.raises(MatrixRefused):
        await office.act(user("ada"), room, "m.room.member", {"membership": "leave"}, user("ada"))
    await office.settle()
    await office.act(user("ada"), room, "m.room.member", {"membership": "leave"}, user("ada"))
    await office.desk.reopen(GINA, record.issue.id, "It is back.")
    words = await office.desk.write(GINA, room, "t1", "Hello?")
    assert isinstance(words, Words)
    await office.settle()
    await office.desk.claim(user("amy"), record.issue.id)
    await office.settle()
    assert [body for _, body in office.homeserver.bodies(room)][-2:] == ["It is back.", "Hello?"]
