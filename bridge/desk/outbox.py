"""The loop that empties the outbox: several lanes at once, each lane in order, for ever.

    wake (work was decided) ─┐
    next row falls due ──────┴▶ load heads of idle lanes ─▶ one task a lane ─▶ done · defer · drop ─▶ wake

A crash anywhere leaves the row; the next start performs it again, and performing twice has the effect of once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

import structlog

from bridge.desk.hook_calls import wait_after as wait_for_hook
from bridge.desk.perform import Perform
from bridge.desk.postings import is_final
from bridge.desk.work import ACTION
from bridge.errors import HomeserverAway, HookFailed, MatrixBusy, MatrixError, NotYet
from bridge.ports import Clock, OutboxRow, Store

AT_ONCE: Final = 8
"""Lanes worked on at the same time; more would only wait for each other in one homeserver."""
AT_ONCE_ASIDE: Final = 2
SOON: Final = timedelta(milliseconds=40)
LATEST_SOON: Final = timedelta(seconds=2)
LATER: Final = timedelta(milliseconds=250)
LATEST: Final = timedelta(seconds=5)
"""A homeserver that restarts is back within seconds; waiting longer than this only makes a guest wait longer."""
GIVE_UP_AFTER: Final = 200
"""Attempts at what the homeserver keeps refusing: about a quarter of an hour."""

log = structlog.get_logger()


class OutboxLoop:
    """Performs what is due."""

    def __init__(self, store: Store, clock: Clock, perform: Perform, aside: frozenset[str] = frozenset()) -> None:
        """Prepare it.

        :param aside: lanes that may be slow, as they lead elsewhere: few of them are worked on at the same time.
        """
        self._store = store
        self._clock = clock
        self._perform = perform
        self._aside = aside
        self._wake = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. What is under way then is left to be performed again."""
        try:
            while True:
                self._wake.clear()
                wait = await self._start_due()
                try:
                    await asyncio.wait_for(self._wake.wait(), wait)
                except TimeoutError:
                    continue
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _start_due(self) -> float | None:
        """Start what is due; answers how many seconds until something else is, None if nothing waits."""
        room = AT_ONCE - len(self._busy)
        if room <= 0:
            return None  # a task that ends wakes us
        async with self._store.read() as tx:
            now = self._clock.now()
            rows = self._without_too_many_aside(await tx.outbox.due(now, room, self._closed(self._busy.keys())))
            busy = self._closed(self._busy.keys() | {row.lane for row in rows})
            next_due = await tx.outbox.next_due(busy)
        for row in rows:
            self._busy[row.lane] = asyncio.create_task(self._work_on(row))
        return None if next_due is None else max((next_due - now).total_seconds(), 0.0)

    def _closed(self, busy: Collection[str]) -> frozenset[str]:
        """The lanes that nothing may be taken from now."""
        is_full = len(self._aside.intersection(busy)) >= AT_ONCE_ASIDE
        return frozenset(busy) | self._aside if is_full else frozenset(busy)

    def _without_too_many_aside(self, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        left = AT_ONCE_ASIDE - len(self._aside.intersection(self._busy))
        aside = [row for row in rows if row.lane in self._aside]
        return [row for row in rows if row.lane not in self._aside or row in aside[:left]]

    async def _work_on(self, row: OutboxRow) -> None:
        try:
            await self.perform_row(row)
        except Exception:
            # The row stays as it was; without a pause a broken store would turn this into a busy loop.
            log.exception("outbox.row_failed", row=row.id, lane=row.lane)
            await asyncio.sleep(1)
        finally:
            del self._busy[row.lane]
            self.wake()

    async def perform_row(self, row: OutboxRow) -> None:
        """One attempt at one row, and writing down how it went."""
        action = ACTION.validate_python(row.action)
        try:
            await self._perform(row, action)
        except HookFailed as fault:
            await self._put_off_hook(row, fault)
            return
        except (NotYet, HomeserverAway, MatrixError) as fault:
            if isinstance(fault, MatrixError) and (is_final(fault, action) or row.attempts >= GIVE_UP_AFTER):
                log.error(  # noqa: TRY400  # the trace says nothing, and its text might quote a body
                    "outbox.dropped", row=row.id, lane=row.lane, kind=action.kind, errcode=fault.errcode
                )
                async with self._store.write() as tx:
                    await tx.outbox.drop(row.id, self._clock.now(), fault.errcode)
                return
            until = self._clock.now() + wait_after(fault, row.attempts)
            if not isinstance(fault, NotYet):
                log.warning("outbox.deferred", row=row.id, lane=row.lane, kind=action.kind, fault=_name(fault))
            async with self._store.write() as tx:
                await tx.outbox.defer(row.id, until, _name(fault))
            return
        async with self._store.write() as tx:
            await tx.outbox.done(row.id, self._clock.now())

    async def _put_off_hook(self, row: OutboxRow, fault: HookFailed) -> None:
        now = self._clock.now()
        async with self._store.write() as tx:
            if fault.is_final:
                await tx.outbox.drop(row.id, now, fault.reason)
            else:
                await tx.outbox.defer(row.id, now + wait_for_hook(row.attempts), fault.reason)
        say = log.error if fault.is_final else log.warning
        what = "outbox.hook_given_up" if fault.is_final else "outbox.hook_deferred"
        say(what, row=row.id, hook=fault.hook, reason=fault.reason)


def wait_after(fault: Exception, attempts: int) -> timedelta:
    """How long a row waits after its attempt number `attempts` (from 0) failed that way."""
    doubled: int = 1 << min(attempts, 12)
    match fault:
        case MatrixBusy():
            return timedelta(seconds=fault.retry_after)
        case NotYet():
            return min(SOON * doubled, LATEST_SOON)
        case _:
            return min(LATER * doubled, LATEST)


def _name(fault: Exception) -> str:
    """What a fault may be called in a log: never its text, which may quote what was sent."""
    return fault.errcode if isinstance(fault, MatrixError) else type(fault).__name__
