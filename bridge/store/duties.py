"""Who may be called upon, when, and for how much."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import false

from bridge.store.tables import capacities, duties, shifts, turns
from policies.duty import Schedule, Shift
from policies.names import Tier, UserId


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

    async def capacities(self) -> Mapping[UserId, int]:
        return {UserId(row.user_id): row.most for row in await self._connection.execute(select(capacities))}

    async def set_capacity(self, user_id: UserId, most: int | None) -> None:
        await self._connection.execute(delete(capacities).where(capacities.c.user_id == user_id))
        if most is not None:
            await self._connection.execute(insert(capacities).values(user_id=user_id, most=most))

    async def schedule(self, user_id: UserId) -> Schedule | None:
        query = select(shifts).where(shifts.c.user_id == user_id).order_by(shifts.c.weekday, shifts.c.begins)
        rows = (await self._connection.execute(query)).all()
        if not rows:
            return None
        return Schedule(rows[0].zone, tuple(Shift(row.weekday, row.begins, row.ends) for row in rows))

    async def save_schedule(self, user_id: UserId, schedule: Schedule | None) -> None:
        await self._connection.execute(delete(shifts).where(shifts.c.user_id == user_id))
        if schedule is not None and schedule.shifts:
            rows = [
                {"user_id": user_id, "weekday": s.weekday, "begins": s.begins, "ends": s.ends, "zone": schedule.zone}
                for s in schedule.shifts
            ]
            await self._connection.execute(insert(shifts), rows)

    async def last_in_turn(self, tier: Tier) -> UserId | None:
        query = select(turns.c.user_id).where(turns.c.tier == int(tier))
        found = (await self._connection.execute(query)).scalar_one_or_none()
        return None if found is None else UserId(found)

    async def set_last_in_turn(self, tier: Tier, user_id: UserId) -> None:
        await self._connection.execute(delete(turns).where(turns.c.tier == int(tier)))
        await self._connection.execute(insert(turns).values(tier=int(tier), user_id=user_id))
