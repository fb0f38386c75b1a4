"""What became of issues, for figures: one row an epoch, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.ports import EpochFigures, OpenCount
from bridge.store.tables import endings, epochs, issues
from policies.issue import Status
from policies.names import Tier, UserId

MOST: Final = 100_000
"""Epochs that are looked at. Figures of more are those of the newest."""


class SqlFigures:
    """Implements `bridge.ports.Figures`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def epochs_since(self, since: datetime) -> Sequence[EpochFigures]:
        same = and_(endings.c.issue_id == epochs.c.issue_id, endings.c.epoch == epochs.c.epoch)
        query = (
            select(epochs, endings.c.conclusion, endings.c.at)
            .join(endings, same, isouter=True)
            .where(or_(epochs.c.began_at >= since, endings.c.at >= since))
            .order_by(epochs.c.began_at.desc())
            .limit(MOST)
        )
        return [
            EpochFigures(row.began_at, row.answered_at, row.conclusion, row.at, row.rating)
            for row in await self._connection.execute(query)
        ]

    async def open_counts(self) -> Sequence[OpenCount]:
        query = (
            select(issues.c.tier, issues.c.assignee, func.count().label("number"))
            .where(issues.c.status == Status.OPEN)
            .group_by(issues.c.tier, issues.c.assignee)
            .order_by(issues.c.tier, issues.c.assignee)
        )
        return [
            OpenCount(Tier(row.tier), None if row.assignee is None else UserId(row.assignee), row.number)
            for row in await self._connection.execute(query)
        ]
