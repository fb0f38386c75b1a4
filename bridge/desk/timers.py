"""Deadlines, kept: what was to happen at a time happens then, or as soon after it as the bridge runs.

    next deadline passes ─┐
    wake (one was set) ───┴▶ for each that is due, in one transaction: { is it still? ─▶ clear it ─▶ act on it }
                                                                            └─ acting failed: undone, tried again later

A deadline that was moved or cleared after it was read is not acted on. Acting means deciding, as always: what is to be
done to the world goes through the outbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from bridge.desk.work import Work, WorkPlace
from bridge.ports import Timer
from policies.deadlines import Deadline

AT_ONCE: Final = 50
AGAIN: Final = timedelta(seconds=30)
"""After acting on a deadline failed."""

Act = Callable[[Work, Timer], Awaitable[None]]

log = structlog.get_logger()


class TimerLoop:
    """Acts on what is due."""

    def __init__(self, place: WorkPlace, acts: Mapping[Deadline, Act]) -> None:
        self._place = place
        self._acts = acts
        self._wake = asyncio.Event()
        place.wakes(self._wake.set)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            try:
                wait = await self.act_on_due()
            except Exception:
                log.exception("timers.failed")  # the store; without a pause this would be a busy loop
                wait = 1.0
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except TimeoutError:
                continue

    async def act_on_due(self) -> float | None:
        """Act on everything that is due; answers how many seconds until something else is, None if nothing is set."""
        while True:
            async with self._place.store.read() as tx:
                now = self._place.clock.now()
                due = await tx.timers.due(now, AT_ONCE)
                next_due = None if due else await tx.timers.next_due()
            if not due:
                return None if next_due is None else max((next_due - now).total_seconds(), 0.0)
            for timer in due:
                await self._act_on(timer)

    async def _act_on(self, timer: Timer) -> None:
        async with self._place.begin() as work:
            present = await work.tx.timers.load(timer.kind, timer.subject)
            if present is None or present.due_at > work.now:
                return
            await work.tx.timers.clear(timer.kind, timer.subject)
            notices = list(work.notices)
            try:
                async with work.tx.savepoint():
                    await self._acts[timer.kind](work, present)
            except Exception:
                work.notices[:] = notices
                log.exception("timers.act_failed", kind=timer.kind, subject=timer.subject)
                await work.set_timer(replace(present, due_at=work.now + AGAIN))
