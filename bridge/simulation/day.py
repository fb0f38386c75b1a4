"""A day, from the first guest to the last conclusion.

agenda (who acts when) ─┐
outbox, timers ─────────┴▶ the next time anything happens ─▶ act ─▶ settle ─▶ look at the promises
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from bridge.config import DeskSettings
from bridge.ports import IncomingEvent, IssueRecord, Store
from bridge.simulation.clock import MORNING, FakeClock
from bridge.simulation.errors import Breach
from bridge.simulation.house import House
from bridge.simulation.invariants import Promises
from bridge.simulation.people import Actor, Employee, Guest, build_employee, build_guest
from bridge.simulation.plan import Plan
from bridge.simulation.tally import Tally
from policies.issue import Status, WaitingOn
from policies.names import Role, Tier

LONGEST: Final = timedelta(days=30)
"""Whatever is not over by then waits for ever."""
BETWEEN_LOOKS: Final = 200
"""Steps between two looks at everything that waits."""
Told = Callable[[int, int, datetime], None]


class Day:
    """One simulated day."""

    def __init__(self, plan: Plan, settings: DeskSettings, store: Store) -> None:
        self._plan = plan
        self._store = store
        self._random = Random(plan.seed)  # noqa: S311  # the same seed is to be the same day
        self._clock = FakeClock()
        self.house = House(store, settings, self._clock, Random(plan.seed + 1))  # noqa: S311  # as above
        self.tally = Tally(MORNING)
        self._promises = Promises(self.house.homeserver, store)
        self._agenda: list[tuple[datetime, int, Actor]] = []
        self._numbers = count()
        self._crash_at: list[datetime] = []
        self._to_come = plan.guests
        self._next_due: datetime | None = None

    async def run(self, tell: Told = lambda done, of, now: None) -> Tally:
        """Live through it.

        :param tell: how many guests are through, of how many, and what time it is.
        :raises Breach: as soon as a promise is broken.
        """
        with capture_logs(processors=[format_exc_info]) as entries:
            await self._prepare()
            over = MORNING + LONGEST
            while self._clock.now() < over:
                if not await self._step():
                    break
                self._promises.read_log(entries)
                await self._look()
                if self.tally.steps % BETWEEN_LOOKS == 0:
                    await self._promises.check_deadlines()
                    tell(len(self.tally.ended_after), self._plan.guests, self._clock.now())
                self._complain()
            await self._promises.check_end(self.tally)
            self._complain()
        self.tally.crashes = self.house.crashes.happened
        async with self._store.read() as tx:
            for issue_id in self.house.board:
                for ending in await tx.issues.endings(issue_id):
                    self.tally.conclusions[ending.conclusion] += 1
        return self.tally

    async def _prepare(self) -> None:
        plan, hired = self._plan, []
        for number in range(plan.employees):
            tier = (Tier.T1, Tier.T1, Tier.T1, Tier.T2, Tier.T2, Tier.T3)[number % 6]
            hired.append(build_employee(f"employee-{number}", Role.EMPLOYEE, tier))
        hired += [build_employee(f"supervisor-{number}", Role.SUPERVISOR, None) for number in range(2)]
        guests = [build_guest(number) for number in range(plan.guests)]
        self.house.homeserver.heard = self._hear
        await self.house.found([*hired, *guests])
        for principal, _ in hired:
            early = timedelta(minutes=self._random.uniform(-60, 60))
            begins, ends = MORNING + early, MORNING + early + timedelta(hours=plan.hours + 1)
            self._enter(Employee(principal, plan, self._random, self.house, begins, ends), begins)
        for principal, _ in guests:
            # more in the middle of the day than at its ends
            comes = MORNING + timedelta(hours=plan.hours * self._random.triangular(0, 1, 0.4))
            self._enter(Guest(principal, plan, self._random, self.house, self.tally), comes)
        length = timedelta(hours=plan.hours + 2)
        self._crash_at = sorted(MORNING + length * self._random.random() for _ in range(plan.crashes))

    def _enter(self, actor: Actor, at: datetime) -> None:
        heapq.heappush(self._agenda, (at, next(self._numbers), actor))

    def _hear(self, event: IncomingEvent) -> None:
        self.tally.events += 1
        self._promises.hear(event)

    async def _step(self) -> bool:
        """Go on to the next time anything happens; False once everything is over."""
        if await self._is_over():
            return False
        own = self._next_due
        self._clock.set(self._agenda[0][0] if own is None else min(own, self._agenda[0][0]))
        now = self._clock.now()
        while self._crash_at and self._crash_at[0] <= now:
            self._crash_at.pop(0)
            self.house.crashes.schedule(within=40)
        if self._agenda[0][0] <= now:
            actor = heapq.heappop(self._agenda)[2]
            again = await actor.act()
            if again is not None:
                self._enter(actor, max(again, now + timedelta(seconds=1)))
            elif isinstance(actor, Guest):
                self._to_come -= 1
        self._next_due = await self.house.settle()
        self.tally.steps += 1
        return True

    async def _is_over(self) -> bool:
        """Whether no guest has anything more to do, and nothing waits any more."""
        if self._to_come:
            return False
        async with self._store.read() as tx:
            waiting = [await tx.issues.list(status=status, limit=1) for status in (Status.QUEUED, Status.OPEN)]
            return not any(waiting) and await tx.outbox.backlog() == (0, 0)

    async def _look(self) -> None:
        """At what the step changed, and write down how long people waited for it."""
        changed, self.house.ear.changed = self.house.ear.changed, set()
        if self.house.has_restarted:
            self.house.has_restarted = False
            async with self._store.read() as tx:
                changed |= {record.issue.id for record in await tx.issues.list(limit=1_000_000)}
        if not changed:
            return
        for record in await self._promises.check_issues(changed):
            self.house.board[record.issue.id] = record
            self._measure(record)
        waiting = sum(record.issue.status is Status.QUEUED for record in self.house.board.values())
        self.tally.queue.append((self._clock.now() - MORNING, waiting))

    def _measure(self, record: IssueRecord) -> None:
        issue, tally = record.issue, self.tally
        passed = self._clock.now() - record.opened_at
        if issue.status is Status.CONCLUDED:
            tally.ended_after.setdefault(issue.id, passed)
        else:
            tally.ended_after.pop(issue.id, None)  # it was reopened
        if issue.parent is not None:
            return  # its guest was there already
        if issue.status is not Status.QUEUED and issue.assignee is not None:
            tally.claimed_after.setdefault(issue.id, passed)
        if issue.status is Status.OPEN and issue.waiting_on is WaitingOn.GUEST:
            tally.answered_after.setdefault(issue.id, passed)

    def _complain(self) -> None:
        if self._promises.broken:
            raise Breach(*self._promises.broken[0], self.tally.steps, self._plan.seed)
