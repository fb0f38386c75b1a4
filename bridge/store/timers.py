"""Deadlines as rows.

set ─▶ waiting ──due──▶ cleared, together with what follows from it, in one transaction
▲  └──set again (later, or with other facts) ─┐
└─────────────────────────────────────────────┘
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.ports import Timer
from bridge.store.tables import timers
from policies.deadlines import Deadline


class SqlTimers:
    """Implements `bridge.ports.Timers`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def set(self, timer: Timer) -> None:
        await self.clear(timer.kind, timer.subject)
        values = {"kind": timer.kind, "subject": timer.subject, "due_at": timer.due_at, "facts": dict(timer.facts)}
        await self._connection.execute(insert(timers).values(values))

    async def load(self, kind: Deadline, subject: str) -> Timer | None:
        query = select(timers).where(timers.c.kind == kind, timers.c.subject == subject)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _timer(row)

    async def clear(self, kind: Deadline, subject: str) -> None:
        await self._connection.execute(delete(timers).where(timers.c.kind == kind, timers.c.subject == subject))

    async def due(self, now: datetime, limit: int) -> Sequence[Timer]:
        query = select(timers).where(timers.c.due_at <= now).order_by(timers.c.due_at).limit(limit)
        return [_timer(row) for row in await self._connection.execute(query)]

    async def next_due(self) -> datetime | None:
        earliest: datetime | None = (await self._connection.execute(select(func.min(timers.c.due_at)))).scalar_one()
        return earliest

    async def by_subject(self) -> Mapping[str, frozenset[Deadline]]:
        found: dict[str, set[Deadline]] = {}
        for row in await self._connection.execute(select(timers.c.subject, timers.c.kind)):
            found.setdefault(row.subject, set()).add(row.kind)
        return {subject: frozenset(kinds) for subject, kinds in found.items()}


def _timer(row: Row[Any]) -> Timer:
    return Timer(row.kind, row.subject, row.due_at, row.facts)
