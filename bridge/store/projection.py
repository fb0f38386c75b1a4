"""The projection as a whole: what `chaperone rebuild` throws away and puts back, a few rooms at a time.

Only these tables are touched: events, members, stays, rooms, and issues. What Matrix does not have (words, endings,
shares, the audit log, …) stays as it is; `tables` says which is which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.ports import IssueRecord, StoredEvent, Words
from bridge.store.columns import number_of
from bridge.store.events import stored_from
from bridge.store.issues import values_of
from bridge.store.tables import events, issues, members, rooms, stays, words
from bridge.store.words import words_from
from policies.names import RoomId

LOBBY: Final = "lobby:"


class SqlProjection:
    """Implements `bridge.ports.Projection`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def newest(self) -> int:
        newest: int | None = (await self._connection.execute(select(func.max(events.c.seq)))).scalar_one()
        return newest or 0

    async def rooms(self) -> Sequence[RoomId]:
        return [RoomId(room_id) for room_id in (await self._connection.execute(select(rooms.c.room_id))).scalars()]

    async def later(self, room_ids: Sequence[RoomId], seq: int) -> Sequence[StoredEvent]:
        query = select(events).where(events.c.room_id.in_(room_ids), events.c.seq > seq).order_by(events.c.seq)
        return [stored_from(row) for row in await self._connection.execute(query)]

    async def forget(self, room_ids: Sequence[RoomId]) -> None:
        for table in (events, members, stays, rooms):
            await self._connection.execute(delete(table).where(table.c.room_id.in_(room_ids)))

    async def put_issue(self, record: IssueRecord) -> None:
        values = {
            **values_of(record.issue),
            "guest_id": record.guest_id,
            "opened_at": record.opened_at,
            "queued_at": record.queued_at,
            "first_words": record.first_words,
            "card": record.card,
            "desk_card": record.desk_card,
        }
        number = number_of(record.issue.id)
        changed = await self._connection.execute(update(issues).where(issues.c.id == number).values(values))
        if not changed.rowcount:
            await self._connection.execute(insert(issues).values(id=number, **values))

    async def first_words(self) -> Sequence[Words]:
        lost = ~select(issues.c.id).where(issues.c.id == words.c.issue_id).exists()
        first = (
            select(func.min(words.c.seq))
            .where(words.c.place.startswith(LOBBY), words.c.issue_id.is_not(None), lost)
            .group_by(words.c.place)
        )
        found: Sequence[Row[tuple[object, ...]]] = (
            await self._connection.execute(select(words).where(words.c.seq.in_(first)).order_by(words.c.seq))
        ).all()
        return [words_from(row) for row in found]
