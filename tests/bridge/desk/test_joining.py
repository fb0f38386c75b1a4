"""A ban by one of the staff does not hold up what was decided at the desk."""

from __future__ import annotations

from datetime import timedelta

from policies.names import RoomId, UserId
from tests.bridge.desk.office import GINA, Office, user


async def ban(office: Office, who: UserId, room: RoomId | None) -> None:
    await office.act(user("ada"), room, "m.room.member", {"membership": "ban"}, who)


def memberships(office: Office, who: UserId, room: RoomId | None) -> list[str]:
    return [e.content["membership"] for e in office.events(room) if (e.type, e.state_key) == ("m.room.member", who)]


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
