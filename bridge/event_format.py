"""Events in the client format (client-server API, "Room event format"), parsed at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.ports import IncomingEvent
from policies.names import EventId, RoomId, UserId


def parse_event(event: Mapping[str, Any]) -> IncomingEvent:
    """One event in client format.

    :raises KeyError, TypeError: if it lacks what every event has.
    """
    content = event["content"]
    state_key = event.get("state_key")
    redacts = event.get("redacts") or content.get("redacts")
    return IncomingEvent(
        event_id=EventId(str(event["event_id"])),
        room_id=RoomId(str(event["room_id"])),
        type=str(event["type"]),
        sender=UserId(str(event["sender"])),
        origin_server_ts=int(event["origin_server_ts"]),
        content=dict(content),
        state_key=None if state_key is None else str(state_key),
        redacts=EventId(redacts) if isinstance(redacts, str) else None,
    )
