"""Forgetting, once a day, what has been over for a while."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final, Protocol

import structlog

from bridge.ports import Clock

BETWEEN: Final = 24 * 60 * 60.0
"""Seconds."""
AGAIN: Final = 10 * 60.0
"""After it failed."""

log = structlog.get_logger()


class Prunable(Protocol):
    """What is needed of the store."""

    async def prune(self, now: datetime) -> int: ...


class Housekeeping:
    """Prunes the store at the start and every day."""

    def __init__(self, store: Prunable, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:  # noqa: ASYNC110  # it waits for a time, not for an event
            await asyncio.sleep(await self.keep())

    async def keep(self) -> float:
        """Prune once; answers after how many seconds to do so again."""
        try:
            forgotten = await self._store.prune(self._clock.now())
        except Exception:
            log.exception("housekeeping.failed")
            return AGAIN
        log.info("housekeeping.done", forgotten=forgotten)
        return BETWEEN
