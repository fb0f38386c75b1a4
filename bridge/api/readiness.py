"""Whether the parts that the bridge rests on answer. Asked by anybody, so asked of the parts at most every few seconds.

The homeserver is asked to call us (a ping), so one good answer says that it runs, knows us, and reaches us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from bridge.ports import Clock, PrincipalId, Store

log = structlog.get_logger(__name__)

KEPT_FOR: Final = timedelta(seconds=2)
PATIENCE: Final = 3.0
"""Seconds a part has to answer."""


class Pinged(Protocol):
    """What is needed of `bridge.ports.Homeserver`."""

    async def ping(self) -> None:
        """Ask the homeserver to call us now."""


class Readiness:
    """The last answer of each part."""

    def __init__(self, store: Store, homeserver: Pinged, clock: Clock, patience: float = PATIENCE) -> None:
        self._store = store
        self._clock = clock
        self._patience = patience
        self._probes: Mapping[str, Callable[[], Awaitable[None]]] = {
            "database": self._ask_database,
            "homeserver": homeserver.ping,
        }
        self._parts: Mapping[str, bool] = {}
        self._asked_at: datetime | None = None
        self._asking = asyncio.Lock()

    async def load(self) -> Mapping[str, bool]:
        """Each part, and whether it answers."""
        async with self._asking:
            now = self._clock.now()
            if self._asked_at is None or now - self._asked_at >= KEPT_FOR:
                answers = await asyncio.gather(*(self._answers(name) for name in self._probes))
                self._parts = dict(zip(self._probes, answers, strict=True))
                self._asked_at = now
            return self._parts

    async def _answers(self, name: str) -> bool:
        try:
            async with asyncio.timeout(self._patience):
                await self._probes[name]()
        except Exception as fault:
            log.warning("api.part_not_ready", part=name, fault=type(fault).__name__)
            return False
        return True

    async def _ask_database(self) -> None:
        async with self._store.read() as tx:
            await tx.principals.load(PrincipalId("nobody"))
