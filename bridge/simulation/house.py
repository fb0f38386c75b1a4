"""The bridge of a simulated day: the real desk on a real database, which may die at any point and starts again.

settle ─▶ { what the homeserver tells ─▶ what is overdue ─▶ what the outbox has due } until there is nothing left now
└─ Crash anywhere: everything in memory is gone; a new bridge starts on the same database
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from random import Random
from typing import TypeVar

from bridge.config import DeskSettings
from bridge.ports import IncomingEvent, IssueChanged, IssueRecord, Notice, Principal, Profile, Store
from bridge.simulation.clock import FakeClock
from bridge.simulation.crashes import Crashes, FrailStore
from bridge.simulation.errors import Crash, Restless
from bridge.simulation.homeserver import BOT, SERVER, FakeHomeserver
from bridge.works import Works
from policies.names import IssueId

T = TypeVar("T")
ROUNDS = 3000
AT_ONCE = 50


class Ear:
    """Implements `bridge.ports.Notices`: remembers which issues changed."""

    def __init__(self) -> None:
        self.changed: set[IssueId] = set()

    def publish(self, notice: Notice) -> None:
        """Note it."""
        if isinstance(notice, IssueChanged):
            self.changed.add(notice.issue_id)

    def subscribe(self) -> AsyncIterator[Notice]:
        """Nobody listens in a simulation."""
        raise NotImplementedError


class House:
    """What people of a simulated day talk to."""

    def __init__(self, store: Store, settings: DeskSettings, clock: FakeClock, random: Random) -> None:
        self.store = store
        self.clock = clock
        self.homeserver = FakeHomeserver()
        self.board: dict[IssueId, IssueRecord] = {}
        """Every issue, as far as the bridge said that it changed: what pages show."""
        self.crashes = Crashes(random)
        self.ear = Ear()
        self.has_restarted = False
        """Since somebody last looked: then pages load everything anew, as nobody told them what changed."""
        self._settings = settings
        self._random = random
        self._untold: Sequence[IncomingEvent] | None = None
        self.works = self._wire()

    def _wire(self) -> Works:
        return Works(
            store=FrailStore(self.store, self.crashes),
            homeserver=self.homeserver,
            clock=self.clock,
            notices=self.ear,
            bot=BOT,
            server_name=SERVER,
            settings=self._settings,
            between_looks=0,
        )

    async def found(self, people: Sequence[tuple[Principal, Profile]]) -> None:
        """Hire people and make the rooms that are always there. Nothing dies meanwhile."""
        async with self.store.write() as tx:
            for principal, profile in people:
                await tx.principals.add(principal, profile, None, self.clock.now())
        await self.works.founding.found()
        await self.settle()
        self.homeserver.frail = self.crashes.point

    async def attempt(self, request: Callable[[Works], Awaitable[T]]) -> T | None:
        """Ask the bridge as a client does. None if it died meanwhile; whether it did what was asked is unknown then."""
        try:
            return await request(self.works)
        except Crash:
            self.restart()
            return None

    def restart(self) -> None:
        """Start again after a crash: what was in memory is gone, what was not told is told again."""
        self.works = self._wire()
        self.has_restarted = True

    async def settle(self) -> datetime | None:
        """Let everything happen that happens at this time; answers when something happens by itself next."""
        for _ in range(ROUNDS):
            try:
                happened, next_due = await self._round()
            except Crash:
                self.restart()
                continue
            if not happened:
                return next_due
        raise Restless

    async def _round(self) -> tuple[bool, datetime | None]:
        """One round: whether anything happened in it, and when something is due next."""
        happened = False
        if self._untold is None:
            self._untold = self.homeserver.take() or None
        if self._untold is not None:
            await self.works.intake.receive(self._untold)
            self._untold = None
            happened = True
        now = self.clock.now()
        async with self.store.read() as tx:
            next_timer, next_row = await tx.timers.next_due(), await tx.outbox.next_due(frozenset())
            is_due = next_row is not None and next_row <= now
            rows = list(await tx.outbox.due(now, AT_ONCE, frozenset())) if is_due else []
        if next_timer is not None and next_timer <= now:
            await self.works.timers.act_on_due()
            happened = True
        self._random.shuffle(rows)
        for row in rows:
            await self.works.outbox.perform_row(row)
        return happened or bool(rows), min((t for t in (next_timer, next_row) if t is not None), default=None)
