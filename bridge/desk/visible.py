"""Stored events as they are shown, made once for everybody who is shown the same.

There are two audiences: guests, and staff. `policies.audience` decides what each of them gets of an event; here that
becomes what the gateway and the API send. Besides the policy three things are judged here:

- an edit counts only if it is by the sender of what it edits; any other is shown to nobody
- what was redacted has no content any more, wherever in a history it stands
- a robot that spoke in a guest room would be a broken rule (R1); guests do not hear of it even then
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from bridge.ports import IncomingEvent, StoredEvent, WordsId
from policies.audience import visible_content
from policies.content import as_mapping, text_at
from policies.names import WORDS_KEY, EventId, Role, UserId
from policies.people import Person
from policies.rooms import RoomKind

REDACTION: Final = "m.room.redaction"
MEMBER: Final = "m.room.member"


class Viewers(StrEnum):
    """An audience: everybody in it is shown the same of a room."""

    GUESTS = "guests"
    STAFF = "staff"


_ONE_OF: Final[Mapping[Viewers, Person]] = MappingProxyType(
    {
        Viewers.GUESTS: Person(UserId("@guest:"), Role.GUEST),
        Viewers.STAFF: Person(UserId("@staff:"), Role.EMPLOYEE),
    }
)
"""Somebody of each audience, to ask the policy about all of it."""


def viewers_of(person: Person) -> Viewers:
    """The audience a person belongs to. Robots and the suspended are shown no more than guests."""
    return Viewers.STAFF if person.is_staff else Viewers.GUESTS


@dataclass(frozen=True, slots=True)
class VisibleEvent:
    """An event as its viewers may see it."""

    seq: int
    """Its place in the bridge's order: the cursor of who has seen everything up to here."""
    event_id: EventId
    place: str
    """A room id, or ``lobby:<issue id>``."""
    type: str
    sender: UserId
    sender_name: str
    ts: int
    content: Mapping[str, Any]
    state_key: str | None = None
    target: EventId | None = None
    """What this event edits or redacts."""
    txn_id: str | None = None
    """The author's own id of it; for nobody else."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What must be known besides the events. Of `targets`: who sent what the events edit."""

    kind: RoomKind
    names: Mapping[UserId, str] = field(default_factory=dict)
    robots: frozenset[UserId] = frozenset()
    targets: Mapping[EventId, UserId] = field(default_factory=dict)


def build_visible(stored: Sequence[StoredEvent], viewers: Viewers, facts: Facts) -> list[VisibleEvent]:
    """The events as this audience sees them, without those that are not for it."""
    redacted = {target for s in stored if (target := redacted_by(s.event)) is not None}
    shown = (_build_one(s, viewers, facts, gone=s.event.event_id in redacted) for s in stored)
    return [event for event in shown if event is not None]


def _build_one(stored: StoredEvent, viewers: Viewers, facts: Facts, *, gone: bool) -> VisibleEvent | None:
    event = stored.event
    if viewers is Viewers.GUESTS and facts.kind is RoomKind.GUEST and _speaks_of_robot(event, facts.robots):
        return None
    content = visible_content(_ONE_OF[viewers], facts.kind, event.type, event.content)
    if content is None:
        return None
    edited = edited_by(event)
    if edited is not None and facts.targets.get(edited) != event.sender:
        return None
    return VisibleEvent(
        seq=stored.seq,
        event_id=event.event_id,
        place=event.room_id,
        type=event.type,
        sender=event.sender,
        sender_name=facts.names.get(event.sender, ""),
        ts=event.origin_server_ts,
        content={} if gone else content,
        state_key=event.state_key,
        target=edited or redacted_by(event),
    )


def _speaks_of_robot(event: IncomingEvent, robots: frozenset[UserId]) -> bool:
    return event.sender in robots or (event.type == MEMBER and event.state_key in robots)


def edited_by(event: IncomingEvent) -> EventId | None:
    """The event whose content this one replaces (specification, "Event replacements")."""
    relation = as_mapping(event.content.get("m.relates_to"))
    if event.state_key is not None or text_at(relation, "rel_type") != "m.replace":
        return None
    return EventId(text_at(relation, "event_id")) or None


def redacted_by(event: IncomingEvent) -> EventId | None:
    """The event that this one takes back; room versions before 11 say so beside the content."""
    if event.type != REDACTION:
        return None
    return event.redacts or EventId(text_at(event.content, "redacts")) or None


def words_id_of(event: IncomingEvent) -> WordsId | None:
    """The row of accepted words that this event is the placing of."""
    return WordsId(text_at(event.content, WORDS_KEY)) or None
