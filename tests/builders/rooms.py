"""Rooms to test with, and the state a homeserver would show of them.

A room is built by who is in it: ``guest_room(ADA, GINA)`` has both joined. Who is invited, and by whom, is said by
name: ``guest_room(ADA, invited={GINA: BRIDGE})``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.issue import Conclusion, IssueState, Side, Status
from policies.names import GROUP_KEY, ISSUE_STATE, KIND_KEY, IssueId, RoomId, Tier
from policies.people import Person
from policies.policy_server import POLICY_STATE, PolicyServer, build_policy_state
from policies.rooms import Member, Membership, Room, RoomKind, State, StateEvent
from tests.builders.people import BOT, BRIDGE, SERVER

GUEST_ROOM = RoomId("!guest")
STAFF_ROOM = RoomId("!staff")
OURS = PolicyServer(SERVER, "the public key")
"""What stands in the rooms that other servers can see."""


def room(
    kind: RoomKind,
    *joined: Person,
    invited: Mapping[Person, Person] | None = None,
    names: Mapping[Person, str] | None = None,
    issue: IssueState | None = None,
    is_group: bool = False,
) -> Room:
    """A room the bridge made, with these people (and the bridge) in it; `names` is what they show in it."""
    shown = names or {}
    members = {p.user_id: Member(Membership.JOIN, p.user_id, shown.get(p)) for p in (BRIDGE, *joined)}
    for target, inviter in (invited or {}).items():
        members[target.user_id] = Member(Membership.INVITE, inviter.user_id, shown.get(target))
    guard = OURS if kind in (RoomKind.GUEST, RoomKind.LOUNGE) else None
    return Room(kind, members, issue, BOT, is_group, guard, bot=BOT)


def guest_room(
    *joined: Person,
    invited: Mapping[Person, Person] | None = None,
    names: Mapping[Person, str] | None = None,
    status: Status = Status.OPEN,
    is_group: bool = False,
) -> Room:
    """The guest's side of an issue."""
    return room(
        RoomKind.GUEST, *joined, invited=invited, names=names, issue=issue_state(Side.GUEST, status), is_group=is_group
    )


def staff_room(*joined: Person, invited: Mapping[Person, Person] | None = None, status: Status = Status.OPEN) -> Room:
    """The staff's side of an issue."""
    return room(RoomKind.STAFF, *joined, invited=invited, issue=issue_state(Side.STAFF, status))


def lounge(*joined: Person, invited: Mapping[Person, Person] | None = None) -> Room:
    """A topic room open to many."""
    return room(RoomKind.LOUNGE, *joined, invited=invited)


def other_room(*joined: Person, invited: Mapping[Person, Person] | None = None) -> Room:
    """A room that people made among themselves; the first of `joined` made it."""
    made_by_bot = room(RoomKind.OTHER, *joined, invited=invited)
    members = {u: m for u, m in made_by_bot.members.items() if u != BOT}
    return Room(RoomKind.OTHER, members, creator=joined[0].user_id if joined else None, bot=BOT)


def issue_state(side: Side, status: Status = Status.OPEN, epoch: int = 1) -> IssueState:
    """What the issue's state says on one side."""
    conclusion = Conclusion.RESOLVED if status is Status.CONCLUDED else None
    if side is Side.GUEST:
        return IssueState(IssueId("7"), side, status, conclusion, epoch)
    return IssueState(IssueId("7"), side, status, conclusion, epoch, guest_room=GUEST_ROOM, tier=Tier.T1)


@dataclass(frozen=True, slots=True)
class Written:
    """A state event with no more than what rules read of it."""

    sender: str
    content: Mapping[str, Any] = field(default_factory=dict)


def state_of(described: Room, issue: Mapping[str, Any] | None = None) -> State:
    """The state that `parse_room` reads as this room. `issue` is the content of the issue's state, if there is one."""
    create: dict[str, Any] = {} if described.kind is RoomKind.OTHER else {KIND_KEY: described.kind.value}
    if described.is_group:
        create[GROUP_KEY] = True
    state: dict[tuple[str, str], StateEvent] = {("m.room.create", ""): Written(described.creator or BOT, create)}
    for user_id, member in described.members.items():
        content = {"membership": member.membership.value}
        if member.name is not None:
            content["displayname"] = member.name
        state["m.room.member", user_id] = Written(member.sender, content)
    if described.policy_server is not None:
        state[POLICY_STATE, ""] = Written(BOT, build_policy_state(described.policy_server))
    if issue is not None:
        state[ISSUE_STATE, ""] = Written(BOT, issue)
    return state
