"""Our rooms, who is in them, and chats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bridge.ports.events import Stretch
from policies.names import IssueId, RoomId, UserId
from policies.rooms import Membership, RoomKind


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """What the bridge knows of one of its rooms."""

    room_id: RoomId
    kind: RoomKind
    issue_id: IssueId | None
    name: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat among staff and staff robots that was opened through the bridge."""

    id: str
    key: str
    """The same for what is one chat: two people have one direct chat, and everybody one place for notes."""
    kind: RoomKind
    name: str
    opened_by: UserId
    opened_at: datetime
    people: Sequence[UserId]
    """Whom it was opened for, whoever opened it among them."""
    room_id: RoomId | None = None


class Chats(Protocol):
    """Chats that were opened through the bridge."""

    async def add(self, chat: Chat) -> Chat:
        """Keep it; answers the one that is there already, if there is one of its key."""

    async def load(self, chat_id: str) -> Chat | None: ...
    async def set_room(self, chat_id: str, room_id: RoomId) -> None: ...
    async def list(self) -> Sequence[Chat]:
        """All of them, the newest first."""


class Rooms(Protocol):
    """The projection of our rooms and of who is in them."""

    async def add(self, record: RoomRecord) -> None:
        """Note a room. Noted again, it keeps its kind, and learns its issue if it is told one."""

    async def load(self, room_id: RoomId) -> RoomRecord | None: ...
    async def set_member(self, room_id: RoomId, user_id: UserId, membership: Membership, seq: int) -> None: ...
    async def membership(self, room_id: RoomId, user_id: UserId) -> Membership: ...
    async def members(self, room_id: RoomId) -> Mapping[UserId, Membership]: ...
    async def visible_stretches(self, room_id: RoomId, user_id: UserId) -> Sequence[Stretch]:
        """The places between which this person was joined, once or several times, in order; none if never."""

    async def rooms_of(self, user_id: UserId) -> Sequence[RoomRecord]:
        """The rooms they are in, or invited to."""

    async def living(self, since: datetime) -> Sequence[RoomId]:
        """The rooms in which something may be said: all but those of issues that ended before `since`."""

    async def of_kind(self, kind: RoomKind) -> Sequence[RoomRecord]:
        """Every room of a kind, in the order of their ids."""

    async def is_encrypted(self, room_id: RoomId) -> bool:
        """Whether what is said there cannot be read but by those for whom it was encrypted."""

    async def shows_past(self, room_id: RoomId) -> bool:
        """Whether who comes in sees what was said before, as its history visibility was told to us last."""

    async def set_name(self, room_id: RoomId, name: str) -> None:
        """Note what a room is called now, if it is one we know."""

    async def list(
        self,
        *,
        kind: RoomKind | None = None,
        issue_id: IssueId | None = None,
        text: str | None = None,
        after: RoomId | None = None,
        limit: int = 50,
    ) -> Sequence[RoomRecord]:
        """Rooms in the order of their ids."""
