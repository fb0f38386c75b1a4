"""Work that is done in order, one piece at a time, by a task that exists only while there is work."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

Piece = Callable[[], Awaitable[None]]


class Lane:
    """Pieces that must not overtake each other. One that fails is logged, and the next one done."""

    __slots__ = ("_name", "_pieces", "_task")

    def __init__(self, name: str) -> None:
        self._name = name
        self._pieces: deque[Piece] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way and nothing waits."""
        return self._task is None

    @property
    def waiting(self) -> int:
        """Pieces that were not begun."""
        return len(self._pieces)

    def put(self, piece: Piece) -> None:
        """Do this after everything that was put before."""
        self._pieces.append(piece)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"lane {self._name}")

    def stop(self) -> None:
        """Do nothing more."""
        self._pieces.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def drained(self) -> None:
        """Return once everything put so far is done."""
        while self._task is not None:
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            while self._pieces:
                try:
                    await self._pieces.popleft()()
                except Exception:
                    log.exception("gateway.lane_failed", lane=self._name)
        finally:
            self._task = None
