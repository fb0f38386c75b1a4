"""What is known of an issue's epochs from the moment each begins; how they ended is among the endings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.ports import Epoch
from bridge.store.columns import number_of
from bridge.store.engines import insert_new
from bridge.store.tables import epochs
from policies.names import IssueId, UserId


class SqlEpochs:
    """Implements `bridge.ports.Epochs`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, issue_id: IssueId, epoch: int, now: datetime) -> None:
        values = {"issue_id": number_of(issue_id), "epoch": epoch, "began_at": now}
        await insert_new(self._connection, epochs, values)

    async def answer(self, issue_id: IssueId, epoch: int, by: UserId, now: datetime) -> None:
        statement = (
            update(epochs)
            .where(epochs.c.issue_id == number_of(issue_id), epochs.c.epoch == epoch, epochs.c.answered_at.is_(None))
            .values(answered_at=now, answered_by=by)
        )
        await self._connection.execute(statement)

    async def rate(self, issue_id: IssueId, epoch: int, rating: int, comment: str, now: datetime) -> None:
        statement = (
            update(epochs)
            .where(epochs.c.issue_id == number_of(issue_id), epochs.c.epoch == epoch)
            .values(rating=rating, comment=comment, rated_at=now)
        )
        await self._connection.execute(statement)

    async def of(self, issue_ids: Sequence[IssueId]) -> Mapping[IssueId, Sequence[Epoch]]:
        query = (
            select(epochs)
            .where(epochs.c.issue_id.in_([number_of(issue_id) for issue_id in issue_ids]))
            .order_by(epochs.c.issue_id, epochs.c.epoch)
        )
        found: dict[IssueId, list[Epoch]] = {issue_id: [] for issue_id in issue_ids}
        for row in await self._connection.execute(query):
            epoch = _epoch(row)
            found[epoch.issue_id].append(epoch)
        return found


def _epoch(row: Row[Any]) -> Epoch:
    return Epoch(
        issue_id=IssueId(str(row.issue_id)),
        epoch=row.epoch,
        began_at=row.began_at,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        rating=row.rating,
        comment=row.comment or "",
        rated_at=row.rated_at,
    )
