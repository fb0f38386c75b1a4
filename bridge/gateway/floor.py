"""The floor, as a place that supervisors join like a room: figures at once, and again whenever they change."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from bridge.desk.figures import load_figures
from bridge.gateway.frames import Stats
from bridge.ports import Clock, Principal, Store
from policies.names import Role
from policies.people import RANK

FLOOR: Final = "floor"
WITHIN: Final = timedelta(days=7)
PAUSE: Final = 0.5
"""Seconds in which changes are gathered: a busy minute is told of in a hundred frames, not in thousands."""


class FloorTopic:
    """Reads what `stats` frames say."""

    def __init__(self, store: Store, clock: Clock, capacity: int | None, pause: float = PAUSE) -> None:
        self._store = store
        self._clock = clock
        self._capacity = capacity
        self._pause = pause

    def may_see(self, principal: Principal) -> bool:
        """Supervisors and admins, as over the API. To everybody else there is no such place."""
        return RANK[principal.role] >= RANK[Role.SUPERVISOR] and principal.role is not Role.BRIDGE

    async def pause(self) -> None:
        """Let more changes come, to tell of all of them at once."""
        await asyncio.sleep(self._pause)

    async def load(self) -> Stats:
        """The figures as of now."""
        async with self._store.read() as tx:
            return Stats(figures=await load_figures(tx, self._clock.now(), WITHIN, self._capacity))
