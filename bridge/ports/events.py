"""What has happened in rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from policies.names import EventId, RoomId, UserId


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """An event as the homeserver told it to the application service."""

    event_id: EventId
    room_id: RoomId
    type: str
    sender: UserId
    origin_server_ts: int
    """Milliseconds since 1970, by the clock of the sender's homeserver."""
    content: Mapping[str, Any]
    state_key: str | None = None
    redacts: EventId | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event and its place in the order in which the bridge stored them: what a cursor counts."""

    seq: int
    event: IncomingEvent


Stretch = tuple[int, int | None]
"""From a place in that order to another, both included; the second is None if it goes on."""


@dataclass(frozen=True, slots=True)
class History:
    """A stretch of a room. `complete` is False if something before it, and after the cursor asked from, is left out."""

    events: Sequence[StoredEvent]
    cursor: int
    complete: bool


class Events(Protocol):
    """The inbox of the application service, which is also the projection of the rooms' timelines."""

    async def add(self, events: Sequence[IncomingEvent]) -> Sequence[StoredEvent]:
        """Store those that are new, and answer them: an event is stored once, whatever brings it."""

    async def load(self, event_id: EventId) -> StoredEvent | None: ...
    async def known(self, event_ids: Sequence[EventId]) -> frozenset[EventId]:
        """Which of these are stored."""

    async def spoken(self, room_id: RoomId) -> Mapping[UserId, int]:
        """How many messages each has written in a room; edits and what was taken back do not count."""

    async def newest_content(self, event_id: EventId) -> Mapping[str, Any] | None:
        """The content of an event after the last edit by its own sender; None if unknown or redacted."""

    async def history(
        self,
        room_id: RoomId,
        *,
        since: int | None,
        stretches: Sequence[Stretch],
        limit: int,
        onward: bool = False,
        earlier: Sequence[tuple[RoomId, Sequence[Stretch]]] = (),
    ) -> History:
        """Events after `since` within the stretches that a viewer may see: the newest `limit` of them.

        :param onward: the first `limit` instead, so that a room can be read page by page.
        :param earlier: rooms that the conversation was in before, and what of them this viewer may see.
        """
