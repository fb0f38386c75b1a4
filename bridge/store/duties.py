"""Who may be called upon."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import false

from bridge.store.tables import duties
from policies.names import UserId


class SqlDuties:
    """Implements `bridge.ports.Duties`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def off(self) -> frozenset[UserId]:
        query = select(duties.c.user_id).where(duties.c.on_duty == false())
        return frozenset(UserId(row.user_id) for row in await self._connection.execute(query))

    async def set(self, user_id: UserId, *, on_duty: bool) -> None:
        await self._connection.execute(delete(duties).where(duties.c.user_id == user_id))
        await self._connection.execute(insert(duties).values(user_id=user_id, on_duty=on_duty))
