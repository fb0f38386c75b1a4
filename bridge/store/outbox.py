"""Decided, and to be performed. A row survives any crash until it is done.

    add ──▶ waiting ──due──▶ (performed outside) ──done──▶ finished
               ▲                    │
               └──────defer─────────┤ failed, try again later: its lane waits with it
                                    └─drop──▶ finished, dead: its lane goes on

Of each lane only the oldest unfinished row, its head, is ever due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from secrets import token_urlsafe
from typing import Any, Final

from sqlalchemy import ScalarSelect, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import true

from bridge.errors import Unknown
from bridge.ports import DeadRow, OutboxRow
from bridge.store.tables import outbox

_ADD: Final = insert(outbox).returning(outbox.c.id)


class SqlOutbox:
    """Implements `bridge.ports.Outbox`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, lane: str, action: Mapping[str, Any], now: datetime) -> int:
        values = {
            "key": token_urlsafe(12),
            "lane": lane,
            "action": action,
            "attempts": 0,
            "created_at": now,
            "not_before": now,
            "dead": False,
        }
        row_id: int = (await self._connection.execute(_ADD, values)).scalar_one()
        return row_id

    async def due(self, now: datetime, limit: int, busy_lanes: frozenset[str]) -> Sequence[OutboxRow]:
        # By when they fell due, so that rows that fail again and again do not keep the others waiting.
        query = (
            select(outbox)
            .where(outbox.c.id.in_(_heads(busy_lanes)), outbox.c.not_before <= now)
            .order_by(outbox.c.not_before, outbox.c.id)
            .limit(limit)
        )
        return [
            OutboxRow(row.id, row.key, row.lane, row.action, row.attempts, row.created_at)
            for row in await self._connection.execute(query)
        ]

    async def next_due(self, busy_lanes: frozenset[str]) -> datetime | None:
        query = select(func.min(outbox.c.not_before)).where(outbox.c.id.in_(_heads(busy_lanes)))
        earliest: datetime | None = (await self._connection.execute(query)).scalar_one()
        return earliest

    async def done(self, row_id: int, now: datetime) -> None:
        await self._update(row_id, finished_at=now)

    async def defer(self, row_id: int, not_before: datetime, error: str) -> None:
        await self._update(row_id, not_before=not_before, error=error, attempts=outbox.c.attempts + 1)

    async def drop(self, row_id: int, now: datetime, error: str) -> None:
        await self._update(row_id, finished_at=now, error=error, dead=True, attempts=outbox.c.attempts + 1)

    async def unfinished(self, lane: str) -> int:
        query = select(func.count()).where(outbox.c.lane == lane, outbox.c.finished_at.is_(None))
        return (await self._connection.execute(query)).scalar_one()

    async def fault(self, lane: str) -> str | None:
        head = select(outbox.c.error).where(outbox.c.lane == lane, outbox.c.finished_at.is_(None))
        fault: str | None = (await self._connection.execute(head.order_by(outbox.c.id).limit(1))).scalar_one_or_none()
        return fault

    async def lanes(self) -> frozenset[str]:
        query = select(outbox.c.lane).where(outbox.c.finished_at.is_(None)).distinct()
        return frozenset((await self._connection.execute(query)).scalars())

    async def dead(self) -> Sequence[DeadRow]:
        query = select(outbox).where(outbox.c.dead == true()).order_by(outbox.c.id)
        return [
            DeadRow(row.id, row.lane, str(row.action.get("kind")), row.error or "")
            for row in await self._connection.execute(query)
        ]

    async def backlog(self) -> tuple[int, int]:
        count = select(func.count()).select_from(outbox)
        waiting = (await self._connection.execute(count.where(outbox.c.finished_at.is_(None)))).scalar_one()
        dead = (await self._connection.execute(count.where(outbox.c.dead.is_(True)))).scalar_one()
        return waiting, dead

    async def _update(self, row_id: int, **values: Any) -> None:
        statement = update(outbox).where(outbox.c.id == row_id, outbox.c.finished_at.is_(None)).values(values)
        if not (await self._connection.execute(statement)).rowcount:
            raise Unknown("unfinished row of the outbox", str(row_id))


def _heads(busy_lanes: frozenset[str]) -> ScalarSelect[int]:
    query = select(func.min(outbox.c.id)).where(outbox.c.finished_at.is_(None)).group_by(outbox.c.lane)
    if busy_lanes:
        query = query.where(outbox.c.lane.not_in(sorted(busy_lanes)))
    return query.scalar_subquery()
