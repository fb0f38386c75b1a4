"""Who is on duty: by hand, and by a weekly schedule that switches at its edges.

    schedule ─▶ edge passes ─▶ on or off, as the schedule says then ─▶ next edge …
    by hand ──▶ on or off at once, and until the next edge

A schedule is kept in the wall time of a time zone, as people read it off the wall. Where clocks go forward, what would
begin or end in the hour that is not there does so right after it; where they go back, a shift begins in the first of
the two hours and ends in the second: rather twice somebody than nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from policies.names import Code, Role, Rule
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import COVER_ROLES, Person

MINUTES: Final = 24 * 60
"""Of a day."""
DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Shift:
    """From a minute of a weekday (Monday is 0) to one of the same day, or, where that is not later, of the next."""

    weekday: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Somebody's week."""

    zone: str
    """As in the time zone database: “Europe/Berlin”."""
    shifts: tuple[Shift, ...]


def may_switch_duty(actor: Person, target: Person) -> Verdict:
    """S2: people go on and off duty by themselves; supervisors switch others."""
    if target.role not in COVER_ROLES or not target.is_active:
        return Refuse(
            Rule.S2,
            Code.NOT_PERMITTED,
            "Only active employees and supervisors are on duty or off it.",
            {"role of the other": target.role, "standing of the other": target.standing},
        )
    return ALLOW if actor.user_id == target.user_id and actor.is_active else _only_supervisors(actor)


def may_plan_duty(actor: Person, target: Person) -> Verdict:
    """S2: supervisors make the schedules of others, and their own."""
    return may_switch_duty(target, target) and _only_supervisors(actor)


def _only_supervisors(actor: Person) -> Verdict:
    if actor.has_rank(Role.SUPERVISOR):
        return ALLOW
    return Refuse(
        Rule.S2,
        Code.SUPERVISORS_ONLY,
        "Only supervisors may say when others are on duty.",
        {"role": actor.role, "standing": actor.standing},
    )


def is_scheduled(schedule: Schedule, now: datetime) -> bool:
    """Whether somebody is on duty now, as their schedule has it."""
    return any(begins <= now < ends for begins, ends in _stretches(schedule, now))


def next_edge(schedule: Schedule, now: datetime) -> datetime | None:
    """When that changes next; None if it never does."""
    on = is_scheduled(schedule, now)
    edges = sorted({edge for stretch in _stretches(schedule, now) for edge in stretch if edge > now})
    return next((edge for edge in edges if is_scheduled(schedule, edge) is not on), None)


def _stretches(schedule: Schedule, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The shifts around now, a week and more, as stretches of real time. A shift that the clocks skip is none."""
    zone = ZoneInfo(schedule.zone)
    today = now.astimezone(zone).date()
    for offset in range(-2, DAYS + 3):
        day = today + timedelta(days=offset)
        for shift in _of_weekday(schedule.shifts, day.weekday()):
            begins = _moment(day, shift.begins, zone)
            last_day = day if shift.ends > shift.begins else day + timedelta(days=1)
            ends = max(_moment(last_day, shift.ends, zone, fold) for fold in (0, 1))
            if begins < ends:
                yield begins, ends


def _of_weekday(shifts: Sequence[Shift], weekday: int) -> Iterator[Shift]:
    return (shift for shift in shifts if shift.weekday == weekday)


def _moment(day: date, minute: int, zone: ZoneInfo, fold: int = 0) -> datetime:
    """A minute of a local day as real time; the last of its minutes is the first of the next day."""
    day += timedelta(days=minute // MINUTES)
    local = datetime.combine(day, time(minute % MINUTES // 60, minute % 60, fold=fold), zone)
    return local.astimezone(UTC)
