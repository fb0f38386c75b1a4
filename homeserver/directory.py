"""The policy room: found, trusted and read for each decision, so that every worker decides by the same state.

    remembered room ── still has the alias? (cached) ──▶ state ids (cached) ── same object? ──▶ the parsed directory
         │ no                                                 │ no
         ▼                                                    ▼
    alias ─▶ room (two queries) ─▶ trusted? ── no ──▶    parse the entries whose event is new; keep the others
                                                 └▶ nobody but the bot is anybody

Steady state costs two look-ups in Synapse's caches, and awaits nothing. Both are invalidated over all workers by
Synapse itself, so nothing here is ever stale for longer than Synapse's own view. A room is trusted if its create event
says that the bot made it, alone and for this server only; a create event cannot change, so that is asked once a room.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Protocol

from policies.errors import MalformedState
from policies.names import KIND_KEY, PERSON_STATE, EventId, RoomAlias, RoomId, ServerName, UserId
from policies.people import Directory, Person, parse_person
from policies.rooms import RoomKind

logger = logging.getLogger(__name__)

CREATE: Final = ("m.room.create", "")


class StoredEvent(Protocol):
    """What is read of an event."""

    @property
    def sender(self) -> str: ...
    @property
    def content(self) -> Mapping[str, Any]: ...


class RoomReader(Protocol):
    """What is asked of Synapse; `internals.Internals` answers."""

    async def current_state_ids(self, room_id: RoomId) -> Mapping[tuple[str, str], str]: ...
    async def events(self, event_ids: Collection[EventId]) -> Mapping[str, StoredEvent]: ...
    async def aliases_of(self, room_id: RoomId) -> Sequence[str]: ...
    async def room_at(self, alias: RoomAlias) -> RoomId | None: ...
    def current_state_ids_at_hand(self, room_id: RoomId) -> Mapping[tuple[str, str], str] | None: ...
    def aliases_at_hand(self, room_id: RoomId) -> Sequence[str]: ...


class PolicyRoom:
    """Where the directory of staff and robots is kept."""

    def __init__(self, reader: RoomReader, bot: UserId, server_name: ServerName, alias: RoomAlias) -> None:
        self._reader = reader
        self._bot = bot
        self._alias = alias
        self._nobody = Directory(bot, server_name)
        self._room_id: RoomId | None = None
        self._ids: Mapping[tuple[str, str], str] | None = None
        self._entries: dict[str, Person | None] = {}
        self._directory = self._nobody
        self._distrusted: RoomId | None = None

    @property
    def last_known(self) -> Directory:
        """The directory as it was read last, for a decision that must be made though reading failed."""
        return self._directory

    def recall_directory(self) -> Directory | None:
        """`load_directory` without a question to anybody, if nothing changed since it was read."""
        if self._room_id is None or self._alias not in self._reader.aliases_at_hand(self._room_id):
            return None
        ids = self._reader.current_state_ids_at_hand(self._room_id)
        return self._directory if ids is not None and ids is self._ids else None

    async def load_directory(self) -> Directory:
        """Who is who, as of now."""
        known = self.recall_directory()
        if known is not None:
            return known
        room_id = await self.find()
        if room_id is None:
            self._ids, self._directory = None, self._nobody
            return self._nobody
        ids = await self._reader.current_state_ids(room_id)
        if ids is self._ids:
            return self._directory
        entries = await self._load_entries(ids)
        directory = Directory(
            self._nobody.bot, self._nobody.server_name, {p.user_id: p for p in entries.values() if p is not None}
        )
        # set together and last: a slower reader of older ids may set them back, and the next one reads again
        self._ids, self._entries, self._directory = ids, entries, directory
        return directory

    async def find(self) -> RoomId | None:
        """The room behind the alias, if it can be trusted."""
        if self._room_id is not None and self._alias in await self._reader.aliases_of(self._room_id):
            return self._room_id
        room_id = await self._reader.room_at(self._alias)
        self._room_id = room_id if room_id is not None and await self._is_trusted(room_id) else None
        return self._room_id

    async def _is_trusted(self, room_id: RoomId) -> bool:
        create_id = (await self._reader.current_state_ids(room_id)).get(CREATE)
        create = (await self._reader.events([EventId(create_id)])).get(create_id) if create_id else None
        trusted = (
            create is not None
            and create.sender == self._bot
            and not create.content.get("additional_creators")
            and create.content.get("m.federate") is False
            and create.content.get(KIND_KEY) == RoomKind.POLICY
        )
        if not trusted and self._distrusted != room_id:
            self._distrusted = room_id
            logger.error("policy_room=%s is not the bot's own, unfederated policy room: everybody is a guest", room_id)
        return trusted

    async def _load_entries(self, ids: Mapping[tuple[str, str], str]) -> dict[str, Person | None]:
        current = {event_id: key for (event_type, key), event_id in ids.items() if event_type == PERSON_STATE}
        new = [EventId(event_id) for event_id in current if event_id not in self._entries]
        events = await self._reader.events(new) if new else {}
        return {
            event_id: self._entries[event_id] if event_id in self._entries else self._parse(key, events.get(event_id))
            for event_id, key in current.items()
        }

    def _parse(self, state_key: str, event: StoredEvent | None) -> Person | None:
        if event is None or event.sender != self._bot:
            return None
        try:
            return parse_person(state_key, event.content)
        except MalformedState as fault:
            logger.warning("entry=%s fault=%s: counts as a guest", state_key, fault.fault)
            return None
