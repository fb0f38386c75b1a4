"""What was shared: the copies that guests were given, and took back again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.ports import ShareRecord
from bridge.store.columns import number_of
from bridge.store.tables import shares
from policies.names import EventId, IssueId, UserId


class SqlShares:
    """Implements `bridge.ports.Shares`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, share: ShareRecord) -> None:
        values = {
            "id": share.id,
            "issue_id": number_of(share.issue_id),
            "source": share.source,
            "by": share.by,
            "at": share.at,
            "edited": share.edited,
        }
        await self._connection.execute(insert(shares).values(values))

    async def load(self, share_id: str) -> ShareRecord | None:
        row = (await self._connection.execute(select(shares).where(shares.c.id == share_id))).one_or_none()
        return None if row is None else _share(row)

    async def of_issue(self, issue_id: IssueId) -> Sequence[ShareRecord]:
        query = select(shares).where(shares.c.issue_id == number_of(issue_id)).order_by(shares.c.at, shares.c.id)
        return [_share(row) for row in await self._connection.execute(query)]

    async def copied(self, share_id: str, copy: EventId) -> None:
        await self._connection.execute(update(shares).where(shares.c.id == share_id).values(copy=copy))

    async def take_back(self, share_id: str, by: UserId, now: datetime) -> None:
        values = {"taken_back_by": by, "taken_back_at": now}
        await self._connection.execute(update(shares).where(shares.c.id == share_id).values(values))


def _share(row: Row[Any]) -> ShareRecord:
    return ShareRecord(
        id=row.id,
        issue_id=IssueId(str(row.issue_id)),
        source=EventId(row.source),
        by=UserId(row.by),
        at=row.at,
        edited=row.edited,
        copy=row.copy,
        taken_back_by=row.taken_back_by,
        taken_back_at=row.taken_back_at,
    )
