"""What the homeserver tells a robot, read once at the edge. What has no event's shape is passed over, not a crash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from policies.content import as_mapping, text_at
from policies.names import EventId, RoomId, UserId
from policies.rooms import StateEvent

MESSAGE: Final = "m.room.message"
MEMBER: Final = "m.room.member"
_NONE: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `state_key` is None for what is no state event, `previous` what the state was before.

    `newest` is the content after the last edit, where the homeserver said what that is; else empty.
    """

    event_id: EventId
    type: str
    sender: UserId
    content: Mapping[str, Any]
    state_key: str | None = None
    sent_ms: int = 0
    previous: Mapping[str, Any] = field(default_factory=dict)
    newest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def relation(self) -> Mapping[str, Any]:
        """``m.relates_to``, of any shape."""
        return as_mapping(self.content.get("m.relates_to"))

    @property
    def replaces(self) -> EventId | None:
        """The event that this one is an edit of."""
        relation = self.relation
        edited = text_at(relation, "event_id") if relation.get("rel_type") == "m.replace" else ""
        return EventId(edited) if edited else None

    @property
    def thread(self) -> EventId | None:
        """The root of the thread that this event stands in."""
        relation = self.relation
        root = text_at(relation, "event_id") if relation.get("rel_type") == "m.thread" else ""
        return EventId(root) if root else None

    @property
    def replies_to(self) -> EventId | None:
        """What a person replied to; not what a client wrote there for others that know no threads."""
        relation = self.relation
        if relation.get("rel_type") == "m.thread" and relation.get("is_falling_back") is True:
            return None
        replied = text_at(as_mapping(relation.get("m.in_reply_to")), "event_id")
        return EventId(replied) if replied else None


def parse_event(raw: Any) -> Event | None:
    """An event, or None for what is none."""
    given = as_mapping(raw)
    event_id, event_type, sender = (text_at(given, key) for key in ("event_id", "type", "sender"))
    if not (event_id and event_type and sender and isinstance(given.get("content"), Mapping)):
        return None
    state_key, sent = given.get("state_key"), given.get("origin_server_ts")
    unsigned = as_mapping(given.get("unsigned"))
    return Event(
        event_id=EventId(event_id),
        type=event_type,
        sender=UserId(sender),
        content=given["content"],
        state_key=state_key if isinstance(state_key, str) else None,
        sent_ms=sent if isinstance(sent, int) else 0,
        previous=as_mapping(unsigned.get("prev_content")),
        newest=_parse_newest(unsigned),
    )


def _parse_newest(unsigned: Mapping[str, Any]) -> Mapping[str, Any]:
    edit = as_mapping(as_mapping(unsigned.get("m.relations")).get("m.replace"))
    return as_mapping(as_mapping(edit.get("content")).get("m.new_content"))


def parse_events(raw: Iterable[Any]) -> tuple[Event, ...]:
    """Those of them that are events."""
    return tuple(event for event in map(parse_event, raw) if event is not None)


def index_state(events: Iterable[Event]) -> dict[tuple[str, str], StateEvent]:
    """State events by type and state key, as `policies.rooms.parse_room` wants them."""
    return {(event.type, event.state_key): event for event in events if event.state_key is not None}


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is new in one room, oldest first. `gap` is where to read on backwards if that is not all of it."""

    room_id: RoomId
    events: tuple[Event, ...]
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """An open invitation, and who sent it."""

    room_id: RoomId
    sender: UserId


@dataclass(frozen=True, slots=True)
class Batch:
    """One answer to /sync."""

    next_batch: str
    chunks: tuple[Chunk, ...] = ()
    invitations: tuple[Invitation, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of history, newest first; `before` is where to read on, None at the beginning of the room."""

    events: tuple[Event, ...]
    before: str | None = None
