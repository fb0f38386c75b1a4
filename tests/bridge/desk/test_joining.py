"""Neither a ban by one of the staff nor their leaving holds up what was decided at the desk."""

from __future__ import annotations

from datetime import timedelta

from bridge.desk.work import ACTION
from bridge.ports import IssueRecord
from policies.actions import BringInGuest
from policies.issue import Conclusion
from policies.names import RoomId, UserId
from tests.bridge.desk.office import GINA, Office, user
from tests.fakes.homeserver import BOT


async def ban(office: Office, who: UserId, room: RoomId | None) -> None:
    await office.act(user("ada"), room, "m.room.member", {"membership": "ban"}, who)


def memberships(office: Office, who: UserId, room: RoomId | None) -> list[str]:
    return [e.content["membership"] for e in office.events(room) if (e.type, e.state_key) == ("m.room.member", who)]


async def claimed_but_for_the_guest(office: Office) -> IssueRecord:
    """Ada is in both rooms, and Gina is about to be brought in."""
    record = await office.open_issue()
    await office.desk.claim(user("ada"), record.issue.id)
    while True:
        async with office.store.read() as tx:
            (row,) = await tx.outbox.due(office.clock.now(), 1, frozenset())
        if isinstance(ACTION.validate_python(row.action), BringInGuest):
            return await office.record(record.issue.id)
        await office.outbox.perform_row(row)


async def test_who_leaves_before_the_guest_came_does_not_keep_the_guest_from_their_successor(office: Office) -> None:
    record = await claimed_but_for_the_guest(office)
    room = record.issue.guest_room
    assert room is not None
    await office.desk.hand_over(user("ada"), record.issue.id, user("ben"))
    office.homeserver.act(user("ada"), room, "m.room.member", {"membership": "leave"}, user("ada"))
    await office.settle()
    assert {user("ben"), GINA.user_id} <= office.joined(room)


async def test_where_it_ended_before_the_guest_came_and_nobody_is_there_nothing_waits(office: Office) -> None:
    record = await claimed_but_for_the_guest(office)
    room = record.issue.guest_room
    assert room is not None
    await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "")
    office.homeserver.act(user("ada"), room, "m.room.member", {"membership": "leave"}, user("ada"))
    await office.settle()
    assert office.joined(room) == {BOT}


async def test_a_banned_colleague_is_let_in_where_the_issue_is_handed_to_them(office: Office) -> None:
    record = await office.claimed_issue()
    await ban(office, user("ben"), record.issue.guest_room)
    await office.desk.hand_over(user("ada"), record.issue.id, user("ben"))
    await office.settle()
    assert memberships(office, user("ben"), record.issue.guest_room) == ["ban", "leave", "invite", "join"]


async def test_a_banned_guest_is_brought_in_by_the_next_claim(office: Office) -> None:
    record = await office.claimed_issue()
    await office.off_duty("amy", "ben", "cleo", "sam")
    await office.leave(user("ada"), record.issue.guest_room)
    await office.wait(timedelta(minutes=5))  # nobody could be found: the guest is back in the lobby
    await ban(office, GINA.user_id, record.issue.guest_room)
    await office.desk.claim(user("ada"), record.issue.id)
    await office.settle()
    assert memberships(office, GINA.user_id, record.issue.guest_room)[-4:] == ["ban", "leave", "invite", "join"]
