"""Events as the homeserver writes them, parsed at the edge.

An event that cannot be parsed is logged by its id and left out: it must not hold up its neighbours for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from bridge.event_format import parse_event
from bridge.ports import IncomingEvent, Notice, Receipt, Typing
from policies.names import EventId, RoomId, UserId

log = structlog.get_logger()


def parse_events(events: Iterable[Any]) -> Iterable[IncomingEvent]:
    """The events of a transaction, without those that are no events."""
    for event in events:
        try:
            yield parse_event(event)
        except (KeyError, TypeError, ValueError, AttributeError):
            event_id = event.get("event_id") if isinstance(event, Mapping) else None
            log.exception("transactions.not_an_event", event_id=event_id)


def parse_ephemeral(events: Iterable[Any]) -> Iterable[Notice]:
    """Typing and receipts (client-server API, "Typing Notifications" and "Receipts"); the rest is left out."""
    for event in events:
        match event:
            case {"type": "m.typing", "room_id": str(room), "content": {"user_ids": list(users)}}:
                yield Typing(RoomId(room), tuple(UserId(u) for u in users if isinstance(u, str)))
            case {"type": "m.receipt", "room_id": str(room), "content": dict(receipts)}:
                for event_id, kinds in receipts.items():
                    if isinstance(kinds, Mapping):
                        for user_id in kinds.get("m.read", ()):
                            yield Receipt(RoomId(room), UserId(user_id), EventId(event_id))
