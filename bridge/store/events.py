"""The inbox of the application service, which is also the projection of the rooms' timelines.

homeserver ──transaction──▶ add: which of its events are new? ──commit──▶ 200
                                    └ the same again, after a crash on either side: none is

A transaction's own number recognises nothing: Synapse on SQLite counts from 1 again after a restart, as it takes the
largest number that still waits to be sent (synapse/storage/databases/main/appservice.py, 1.163.2).

What follows from an event is decided in the transaction that stores it: stored is handled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, false, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.ports import History, IncomingEvent, StoredEvent, Stretch
from bridge.store.redaction import redacted
from bridge.store.tables import events as table
from policies.names import EventId, RoomId, UserId

_ADD: Final = insert(table).returning(table, sort_by_parameter_order=True)


class SqlEvents:
    """Implements `bridge.ports.Events`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, events: Sequence[IncomingEvent]) -> Sequence[StoredEvent]:
        arrived = {event.event_id: event for event in map(_storable, events)}
        if not arrived:
            return ()
        known, redactions = await self._load_before(arrived)
        new = [event for event_id, event in arrived.items() if event_id not in known]
        if not new:
            return ()
        redactions |= {(event.room_id, event.redacts): event.event_id for event in new if event.redacts}
        rows = [_values(event, redactions) for event in new]
        await self._redact_before(new)
        return [stored_from(row) for row in await self._connection.execute(_ADD, rows)]

    async def load(self, event_id: EventId) -> StoredEvent | None:
        row = await self._row(event_id)
        return None if row is None else stored_from(row)

    async def spoken(self, room_id: RoomId) -> Mapping[UserId, int]:
        said = (table.c.type == "m.room.message", table.c.replaces.is_(None), table.c.redacted_by.is_(None))
        query = select(table.c.sender, func.count()).where(table.c.room_id == room_id, *said).group_by(table.c.sender)
        return {UserId(sender): count for sender, count in await self._connection.execute(query)}

    async def newest_content(self, event_id: EventId) -> Mapping[str, Any] | None:
        row = await self._row(event_id)
        if row is None or row.redacted_by is not None:
            return None
        # Which edit is the newest is the specification's choice, so that a copy says what every client shows.
        edit = (
            select(table.c.content)
            .where(
                table.c.replaces == event_id,
                table.c.room_id == row.room_id,
                table.c.sender == row.sender,
                table.c.type == row.type,
                table.c.redacted_by.is_(None),
            )
            .order_by(table.c.origin_server_ts.desc(), table.c.event_id.desc())
            .limit(1)
        )
        content: Mapping[str, Any] | None = (await self._connection.execute(edit)).scalar_one_or_none()
        newest: Mapping[str, Any] = row.content if content is None else content["m.new_content"]
        return newest

    async def known(self, event_ids: Sequence[EventId]) -> frozenset[EventId]:
        query = select(table.c.event_id).where(table.c.event_id.in_(event_ids))
        return frozenset(EventId(e) for e in (await self._connection.execute(query)).scalars())

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
        rooms = ((room_id, stretches), *earlier)
        query = select(table).where(or_(*(and_(table.c.room_id == room, _seen(seen)) for room, seen in rooms)))
        if since is not None:
            query = query.where(table.c.seq > since)
        begins = [first - 1 for _, seen in rooms for first, _ in seen[:1]]
        before = max([0, *([min(begins)] if begins else []), *([] if since is None else [since])])
        if onward and since is not None:
            page = [
                stored_from(row) for row in await self._connection.execute(query.order_by(table.c.seq).limit(limit))
            ]
            return History(page, page[-1].seq if page else before, complete=True)
        # One more than asked for shows whether there is more.
        query = query.order_by(table.c.seq.desc()).limit(limit + 1)
        newest = [stored_from(row) for row in await self._connection.execute(query)]
        shown = newest[:limit][::-1]
        return History(shown, shown[-1].seq if shown else before, complete=len(newest) <= limit)

    async def _row(self, event_id: EventId) -> Row[Any] | None:
        return (await self._connection.execute(select(table).where(table.c.event_id == event_id))).one_or_none()

    async def _load_before(
        self, arrived: Mapping[EventId, IncomingEvent]
    ) -> tuple[set[EventId], dict[tuple[RoomId, EventId], EventId]]:
        """Which of these are stored already, and what redactions of them arrived before them."""
        edited = {target for event in arrived.values() if (target := _replaces(event)) is not None}
        query = select(table.c.event_id, table.c.room_id, table.c.redacts).where(
            or_(table.c.event_id.in_(list(arrived)), table.c.redacts.in_([*arrived, *edited]))
        )
        rows = (await self._connection.execute(query)).all()
        known = {EventId(row.event_id) for row in rows if row.event_id in arrived}
        return known, {(row.room_id, row.redacts): row.event_id for row in rows if row.redacts is not None}

    async def _redact_before(self, new: Sequence[IncomingEvent]) -> None:
        """Forget what redactions among the new events take back, and the edits of it."""
        for redaction in new:
            if redaction.redacts is None:
                continue
            query = select(table.c.seq, table.c.type, table.c.content).where(
                and_(
                    table.c.room_id == redaction.room_id,
                    or_(table.c.event_id == redaction.redacts, table.c.replaces == redaction.redacts),
                )
            )
            for row in (await self._connection.execute(query)).all():
                values = {"content": redacted(row.type, row.content), "redacted_by": redaction.event_id}
                await self._connection.execute(update(table).where(table.c.seq == row.seq).values(values))


def _seen(stretches: Sequence[Stretch]) -> ColumnElement[bool]:
    return or_(
        false(),
        *(table.c.seq >= first if last is None else table.c.seq.between(first, last) for first, last in stretches),
    )


def _replaces(event: IncomingEvent) -> EventId | None:
    """What the event is an edit of; None if it is none, or one that the specification calls invalid."""
    relation = event.content.get("m.relates_to")
    if not isinstance(relation, Mapping) or relation.get("rel_type") != "m.replace" or event.state_key is not None:
        return None
    target = relation.get("event_id")
    if not isinstance(target, str) or not isinstance(event.content.get("m.new_content"), Mapping):
        return None
    return EventId(_plain(target))


def _values(event: IncomingEvent, redactions: Mapping[tuple[RoomId, EventId], EventId]) -> dict[str, Any]:
    replaces = _replaces(event)
    redacted_by = redactions.get((event.room_id, event.event_id))
    if redacted_by is None and replaces is not None:
        redacted_by = redactions.get((event.room_id, replaces))
    return {
        "event_id": event.event_id,
        "room_id": event.room_id,
        "type": event.type,
        "sender": event.sender,
        "origin_server_ts": event.origin_server_ts,
        "content": event.content if redacted_by is None else redacted(event.type, event.content),
        "state_key": event.state_key,
        "redacts": event.redacts,
        "replaces": replaces,
        "redacted_by": redacted_by,
    }


def _storable(event: IncomingEvent) -> IncomingEvent:
    """The event with ids that a database takes, so that one odd event cannot keep the rest of its transaction out."""
    return replace(
        event,
        event_id=EventId(_plain(event.event_id)),
        room_id=RoomId(_plain(event.room_id)),
        type=_plain(event.type),
        sender=UserId(_plain(event.sender)),
        state_key=None if event.state_key is None else _plain(event.state_key),
        redacts=None if event.redacts is None else EventId(_plain(event.redacts)),
    )


def _plain(text: str) -> str:
    """Text without NUL and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def stored_from(row: Row[Any]) -> StoredEvent:
    """A row as an event."""
    event = IncomingEvent(
        event_id=EventId(row.event_id),
        room_id=RoomId(row.room_id),
        type=row.type,
        sender=UserId(row.sender),
        origin_server_ts=row.origin_server_ts,
        content=row.content,
        state_key=row.state_key,
        redacts=row.redacts,
    )
    return StoredEvent(row.seq, event)
