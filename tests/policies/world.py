"""A small world that does what it is asked only if `policies` allow it, and keeps Matrix's own rules out of the way.

Whoever wants to may send any event to any room: there are no power levels, no join rules and no auth rules here, so
what holds in this world holds by `policies` alone. What the bridge does in several steps (`stop_being_staff`,
`replace_cover`) it does here in the same steps, each asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from policies.cover import may_stop_being_cover
from policies.issue import Status
from policies.names import GROUP_KEY, ISSUE_STATE, KIND_KEY, RoomId, Tier, UserId
from policies.outcomes import Verdict
from policies.people import Directory, Person
from policies.permissions import Draft, may_send
from policies.policy_server import POLICY_STATE, build_policy_state
from policies.rooms import Membership, Room, RoomKind, State, StateEvent, parse_room
from policies.routing import decide_cover
from tests.builders.people import BOT, CAST, SERVER
from tests.builders.rooms import OURS, Written

HERE: Final = (Membership.JOIN, Membership.INVITE)


@dataclass(frozen=True)
class Happened:
    """An event that was let through, and who its sender was at that moment."""

    room_id: RoomId
    kind: RoomKind
    status: Status | None
    sender: Person
    draft: Draft


@dataclass
class World:
    """Rooms and people, as of now."""

    people: dict[UserId, Person] = field(default_factory=lambda: {p.user_id: p for p in CAST})
    rooms: dict[RoomId, dict[tuple[str, str], StateEvent]] = field(default_factory=dict)
    happened: list[Happened] = field(default_factory=list)
    """What was let through since it was last looked at."""

    @property
    def directory(self) -> Directory:
        """Everybody listed now."""
        return Directory(BOT, SERVER, dict(self.people))

    def room(self, room_id: RoomId) -> Room:
        """A room, read from its state as the module reads it."""
        state: State = self.rooms[room_id]
        return parse_room(state, BOT)

    def make_room(self, room_id: RoomId, kind: RoomKind, maker: UserId = BOT, *, is_group: bool = False) -> None:
        """A room with its maker in it; an issue's room with its open issue."""
        create = {} if kind is RoomKind.OTHER else {KIND_KEY: kind.value, GROUP_KEY: is_group}
        self.rooms[room_id] = {
            ("m.room.create", ""): Written(maker, create),
            ("m.room.member", maker): Written(maker, {"membership": "join"}),
        }
        if kind in (RoomKind.GUEST, RoomKind.LOUNGE):
            self.rooms[room_id][POLICY_STATE, ""] = Written(BOT, build_policy_state(OURS))
        if kind is RoomKind.GUEST:
            self.set_status(room_id, Status.OPEN)

    def send(self, room_id: RoomId, draft: Draft) -> Verdict:
        """Ask for an event, and let it happen if it is allowed."""
        room = self.room(room_id)
        verdict = may_send(draft, room, self.directory)
        if verdict:
            status = None if room.issue is None else room.issue.status
            sender = self.directory.who_is(draft.sender)
            self.happened.append(Happened(room_id, room.kind, status, sender, draft))
            if draft.state_key is not None:
                self.rooms[room_id][draft.type, draft.state_key] = Written(draft.sender, draft.content)
        return verdict

    def put_member(
        self, room_id: RoomId, sender: UserId, target: UserId, membership: str, name: str | None = None
    ) -> Verdict:
        """Ask for a membership."""
        content = {"membership": membership} | ({} if name is None else {"displayname": name})
        return self.send(room_id, Draft("m.room.member", sender, content, target))

    def write_member(self, room_id: RoomId, person: UserId, membership: str) -> None:
        """A membership that nobody was asked about."""
        self.rooms[room_id]["m.room.member", person] = Written(person, {"membership": membership})

    def bring_in(self, room_id: RoomId, target: UserId, name: str | None = None) -> bool:
        """The bridge invites somebody, and they come. Whether they are in."""
        if not self.put_member(room_id, BOT, target, "invite", name):
            return self.room(room_id).membership_of(target) is Membership.JOIN
        return bool(self.put_member(room_id, target, target, "join", name))

    def set_status(self, room_id: RoomId, status: Status) -> Verdict:
        """The bridge writes where the issue stands."""
        content: Mapping[str, Any] = {
            "id": "7",
            "side": "guest",
            "status": status.value,
            "conclusion": None,
            "epoch": 1,
        }
        return self.send(room_id, Draft(ISSUE_STATE, BOT, content, ""))

    def stop_being_staff(self, user_id: UserId, after: Person | None) -> Verdict:
        """Suspend, demote or unlist somebody as the bridge must: asked for first, then removed, then written down."""
        rooms = {room_id: self.room(room_id) for room_id in self.rooms}
        verdict = may_stop_being_cover(rooms, self.directory, user_id)
        if not verdict:
            return verdict
        for room_id, room in rooms.items():
            if room.membership_of(user_id) in HERE:
                removed = self.put_member(room_id, BOT, user_id, "leave")
                assert removed, f"{user_id} may cease to be staff, and cannot be removed from {room_id}: {removed}"
        if after is None:
            del self.people[user_id]
        else:
            self.people[user_id] = after
        return verdict

    def replace_cover(self, room_id: RoomId, leaving: UserId, on_duty: Collection[UserId]) -> UserId | None:
        """Bring in whoever could be cover instead, best first. Who came, if anybody could."""
        there = {*self.room(room_id).joined()}
        for candidate in decide_cover(self.directory, Tier.T1, on_duty, {}, there | {leaving}):
            if self.bring_in(room_id, candidate):
                return candidate
        return None
