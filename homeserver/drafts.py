"""An event of Synapse's as the rules see it, with what they need to know and the event does not say itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Protocol

from synapse.events import EventBase

from policies.names import EventId, UserId
from policies.permissions import Draft


class EventReader(Protocol):
    """What is asked of Synapse; `internals.Internals` answers."""

    async def events(self, event_ids: Collection[EventId]) -> Mapping[str, EventBase]: ...


class Drafts:
    """Reads events as drafts."""

    def __init__(self, reader: EventReader) -> None:
        self._reader = reader

    async def load(self, event: EventBase) -> Draft:
        """The event; of a redaction also who wrote what it would redact, and whether that is state."""
        draft = Draft(event.type, UserId(event.sender), event.content, event.get_state_key())
        if event.type != "m.room.redaction":
            return draft
        redacted = await self._load_redacted(event)
        if redacted is None:
            return draft
        return replace(draft, author=UserId(redacted.sender), redacts_state=redacted.get_state_key() is not None)

    async def _load_redacted(self, redaction: EventBase) -> EventBase | None:
        """None if the event is not known here, or is not of the same room: it may be anybody's."""
        redacts = redaction.redacts  # where Synapse itself looks for it, which depends on the room's version
        if not isinstance(redacts, str):
            return None
        redacted = (await self._reader.events([EventId(redacts)])).get(redacts)
        return redacted if redacted is not None and redacted.room_id == redaction.room_id else None
