"""A room as the rules see it, read from its state alone, and the power levels each kind of room is made with.

The kind of a room stands in its create event, written by the bridge bot and changeable by nobody; a room that the
bot did not create is `RoomKind.OTHER`, whatever its state claims. In version 12 the creator has infinite power and
must not be listed in ``power_levels.users``, so the bot is nowhere below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from policies.content import text_at
from policies.errors import MalformedState
from policies.issue import IssueState, parse_issue_state
from policies.names import GROUP_KEY, ISSUE_STATE, KIND_KEY, UserId
from policies.policy_server import POLICY_STATE, PolicyServer, parse_policy_state


class RoomKind(StrEnum):
    """What a room is for."""

    GUEST = "guest"
    STAFF = "staff"
    QUEUE = "queue"
    POLICY = "policy"
    SPACE = "space"
    """A tier's list of rooms: its queue, and both rooms of each of its issues that has not ended."""
    DIRECT = "direct"
    """A chat of two, opened through the bridge: a colleague or a staff robot is the other."""
    GROUP = "group"
    """A chat of staff and staff robots, opened through the bridge; whoever is in it may bring in others."""
    SOLO = "solo"
    """Notes to oneself."""
    LOUNGE = "lounge"
    OTHER = "other"
    """A room people made among themselves."""


CHAT_KINDS: Final = frozenset({RoomKind.DIRECT, RoomKind.GROUP, RoomKind.SOLO})
CLOSED_KINDS: Final = frozenset({RoomKind.DIRECT, RoomKind.SOLO})
"""Nobody is brought into these but by the bridge."""
STAFF_KINDS: Final = frozenset({RoomKind.STAFF, RoomKind.QUEUE, RoomKind.POLICY, RoomKind.SPACE, *CHAT_KINDS})


class Membership(StrEnum):
    """The specification's memberships of ``m.room.member``."""

    JOIN = "join"
    INVITE = "invite"
    LEAVE = "leave"
    BAN = "ban"
    KNOCK = "knock"


@dataclass(frozen=True, slots=True)
class Member:
    """One person's membership, who last wrote it (for an invitation: who invited), and the name they show here."""

    membership: Membership
    sender: UserId
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """The facts of a room that rules rest on. `is_group` says that its guests are meant to meet (rule G4),
    `policy_server` whom other servers ask before they accept an event, if `is_federated` lets any in (rule F1).
    """

    kind: RoomKind
    members: Mapping[UserId, Member] = field(default_factory=dict)
    issue: IssueState | None = None
    creator: UserId | None = None
    is_group: bool = False
    policy_server: PolicyServer | None = None
    is_federated: bool = True
    bot: UserId | None = None
    """The bridge's own user, who is in every room of ours and in no conversation."""

    def talkers(self) -> frozenset[UserId]:
        """Everybody who is in the room now, but for the bridge."""
        return frozenset(self.joined()) - {self.bot}

    def joined(self) -> Iterable[UserId]:
        """Everybody who is in the room now."""
        return (u for u, m in self.members.items() if m.membership is Membership.JOIN)

    def membership_of(self, user_id: UserId) -> Membership:
        """A person's membership; somebody the room never heard of has left."""
        member = self.members.get(user_id)
        return member.membership if member else Membership.LEAVE


class StateEvent(Protocol):
    """What is read of a state event; Synapse's own event objects fit."""

    @property
    def sender(self) -> str: ...
    @property
    def content(self) -> Mapping[str, Any]: ...


State = Mapping[tuple[str, str], StateEvent]
"""A room's state: ``(type, state key)`` to event."""


def parse_room(state: State, bot: UserId) -> Room:
    """Read a room's facts from its state. State that the bot did not write is not believed."""
    create = state.get(("m.room.create", ""))
    kind, is_group = RoomKind.OTHER, False
    is_federated = create is None or create.content.get("m.federate") is not False
    if create is not None and create.sender == bot:
        with suppress(ValueError):
            kind = RoomKind(text_at(create.content, KIND_KEY))
        is_group = create.content.get(GROUP_KEY) is True
    return Room(
        kind=kind,
        members=_Members(state),
        issue=_parse_issue(state, bot),
        creator=UserId(create.sender) if create is not None else None,
        is_group=is_group,
        policy_server=_parse_policy_server(state, bot),
        is_federated=is_federated,
        bot=bot,
    )


class _Members(Mapping[UserId, Member]):
    """Memberships read when asked for: most decisions are about a message, and need none of a thousand."""

    def __init__(self, state: State) -> None:
        self._state = state

    def __getitem__(self, user_id: UserId) -> Member:
        event = self._state["m.room.member", user_id]
        try:
            membership = Membership(text_at(event.content, "membership"))
        except ValueError:
            raise KeyError(user_id) from None
        return Member(membership, UserId(event.sender), text_at(event.content, "displayname") or None)

    def __iter__(self) -> Iterator[UserId]:
        return (
            UserId(state_key)
            for (event_type, state_key) in self._state
            if event_type == "m.room.member" and UserId(state_key) in self
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _parse_issue(state: State, bot: UserId) -> IssueState | None:
    event = state.get((ISSUE_STATE, ""))
    if event is None or event.sender != bot:
        return None
    try:
        return parse_issue_state(event.content)
    except MalformedState:
        return None


def _parse_policy_server(state: State, bot: UserId) -> PolicyServer | None:
    event = state.get((POLICY_STATE, ""))
    return None if event is None or event.sender != bot else parse_policy_state(event.content)


MUTED: Final = -1
"""Below ``events_default``: may read, not write. Clients hide the composer."""
STAFF_POWER: Final = 50
_MAY_ALL_INVITE: Final = frozenset({RoomKind.GROUP})
_WITH_STAFF_POWER: Final = frozenset({RoomKind.GUEST, RoomKind.STAFF, RoomKind.GROUP})


def build_power_levels(kind: RoomKind, staff: Iterable[UserId], muted: Iterable[UserId] = ()) -> dict[str, Any]:
    """``m.room.power_levels`` of one of our rooms (client-server API, "m.room.power_levels").

    Nobody but the creator sets state: 100 is more than anybody is given. Staff may invite and, in guest rooms,
    remove and redact; members of a queue room may only react and speak. In a space nobody says anything, and a chat of
    two stays one.
    """
    return {
        "users_default": 0,
        "events_default": 100 if kind is RoomKind.SPACE else 0,
        "state_default": 100,
        "invite": 0 if kind in _MAY_ALL_INVITE else 100 if kind in CLOSED_KINDS else STAFF_POWER,
        "kick": STAFF_POWER,
        "ban": STAFF_POWER,
        "redact": STAFF_POWER,
        "events": {
            "m.room.power_levels": 100,
            "m.room.history_visibility": 100,
            "m.room.server_acl": 100,
            "m.room.encryption": 100,
            POLICY_STATE: 100,
            "m.room.tombstone": 150,
        },
        "users": {
            **(dict.fromkeys(sorted(staff), STAFF_POWER) if kind in _WITH_STAFF_POWER else {}),
            **dict.fromkeys(sorted(muted), MUTED),
        },
    }
