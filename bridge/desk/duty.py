"""Duty: on and off by hand and by schedule.

    !on, !off, API ─▶ at once ──────────┐
    deadline at the schedule's edge ────┴▶ on or off ─▶ whoever waits may be given to them (`router`)

Whoever goes off duty keeps the issues that are theirs, and is given no others. A deadline that passed while the bridge
was down is acted on at its next start, as the schedule says then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog

from bridge.desk.audit import about_person
from bridge.desk.lobby import tell_waiting
from bridge.desk.work import Work, WorkPlace
from bridge.errors import Unknown
from bridge.ports import FloorChanged, Timer, Transaction
from policies.deadlines import Deadline
from policies.duty import Schedule, is_scheduled, may_plan_duty, may_switch_duty, next_edge
from policies.names import UserId
from policies.outcomes import Refuse
from policies.people import Person

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DutyNow:
    """How it stands with one person."""

    user_id: UserId
    on_duty: bool
    schedule: Schedule | None
    next_edge: datetime | None
    """When the schedule switches next."""
    holds: int
    """Open issues."""
    capacity: int | None


class Duty:
    """Switches people on and off."""

    def __init__(self, place: WorkPlace, capacity: int | None) -> None:
        self._place = place
        self._capacity = capacity

    async def show(self, user_id: UserId) -> DutyNow:
        """How it stands with somebody of the staff.

        :raises Unknown: if nobody is called so.
        """
        async with self._place.store.read() as tx:
            await _load_person(tx, user_id)
            return await self._load(tx, user_id, self._place.clock.now())

    async def switch(self, actor: UserId, user_id: UserId, *, on: bool) -> DutyNow | Refuse:
        """Put somebody on duty or off it, until their schedule says otherwise.

        :raises Unknown: if nobody is called so.
        """
        async with self._place.begin() as work:
            return await self.switch_within(work, actor, user_id, on=on)

    async def switch_within(self, work: Work, actor: UserId, user_id: UserId, *, on: bool) -> DutyNow | Refuse:
        """`switch`, inside work that is under way."""
        directory = await work.tx.principals.directory()
        target = await _load_person(work.tx, user_id)
        verdict = await work.ask(may_switch_duty, actor, directory.who_is(actor), target, about=about_person(user_id))
        if isinstance(verdict, Refuse):
            return verdict
        await work.note("on duty" if on else "off duty", actor, about=about_person(user_id), user=user_id)
        await _set(work, user_id, on=on)
        return await self._load(work.tx, user_id, work.now)

    async def plan(self, actor: UserId, user_id: UserId, schedule: Schedule | None) -> DutyNow | Refuse:
        """Give somebody a schedule, which holds from now on, or none any more: then they stay as they are.

        :raises Unknown: if nobody is called so.
        """
        async with self._place.begin() as work:
            directory = await work.tx.principals.directory()
            target = await _load_person(work.tx, user_id)
            verdict = await work.ask(may_plan_duty, actor, directory.who_is(actor), target, about=about_person(user_id))
            if isinstance(verdict, Refuse):
                return verdict
            await work.note("schedule", actor, about=about_person(user_id), user=user_id, schedule=schedule)
            await work.tx.duties.save_schedule(user_id, schedule)
            await work.tx.timers.clear(Deadline.DUTY, user_id)
            await _follow_schedule(work, user_id)
            return await self._load(work.tx, user_id, work.now)

    async def _load(self, tx: Transaction, user_id: UserId, now: datetime) -> DutyNow:
        schedule = await tx.duties.schedule(user_id)
        return DutyNow(
            user_id=user_id,
            on_duty=user_id not in await tx.duties.off(),
            schedule=schedule,
            next_edge=None if schedule is None else next_edge(schedule, now),
            holds=(await tx.issues.open_by_assignee()).get(user_id, 0),
            capacity=(await tx.duties.capacities()).get(user_id, self._capacity),
        )


async def act_on_edge(work: Work, timer: Timer) -> None:
    """A shift begins or ends."""
    user_id = UserId(timer.subject)
    directory = await work.tx.principals.directory()
    await work.note("schedule's edge", directory.bot, about=about_person(user_id), user=user_id)
    await _follow_schedule(work, user_id)


async def _follow_schedule(work: Work, user_id: UserId) -> None:
    schedule = await work.tx.duties.schedule(user_id)
    if schedule is None:
        return
    await _set(work, user_id, on=is_scheduled(schedule, work.now))
    edge = next_edge(schedule, work.now)
    if edge is not None:
        await work.set_timer(Timer(Deadline.DUTY, user_id, edge))


async def _set(work: Work, user_id: UserId, *, on: bool) -> None:
    log.info("duty.switched", user=user_id, on=on)
    await work.tx.duties.set(user_id, on_duty=on)
    await tell_waiting(work)
    work.decided = True  # somebody may be free now
    work.notices.append(FloorChanged())


async def _load_person(tx: Transaction, user_id: UserId) -> Person:
    person = (await tx.principals.directory()).people.get(user_id)
    if person is None:
        raise Unknown("user", user_id)
    return person
