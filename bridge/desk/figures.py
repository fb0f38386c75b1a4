"""How the floor stands: queues and how long they wait, who has what, who is there, and how conversations went.

Made anew each time it is asked, from rows that are there anyway: nothing is counted up and could be counted wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median

from bridge.ports import EpochFigures, Transaction
from policies.issue import Conclusion
from policies.names import Tier
from policies.people import COVER_ROLES


@dataclass(frozen=True, slots=True)
class Spread:
    """Times in seconds: half took at most `median`, 95 of 100 at most `p95`; both None of none."""

    count: int
    median: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """A tier's queue."""

    tier: str
    waiting: int
    longest: float
    """Seconds that whoever is first has waited."""
    wait: Spread
    """Of everybody who waits now."""


@dataclass(frozen=True, slots=True)
class OpenFigures:
    """Open issues of a tier that one person answers for."""

    tier: str
    assignee: str | None
    issues: int


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody who may be called upon."""

    user_id: str
    tier: str | None
    holds: int
    capacity: int | None


@dataclass(frozen=True, slots=True)
class Ratings:
    """What guests thought; `stars` says how many gave each number."""

    count: int
    mean: float | None
    stars: dict[str, int]


@dataclass(frozen=True, slots=True)
class FloorFigures:
    """All of it. What has a time counts since `since`."""

    at: datetime
    since: datetime
    queues: list[QueueFigures]
    open: list[OpenFigures]
    on_duty: list[OnDuty]
    conclusions: dict[str, int]
    first_answer: Spread
    conclusion: Spread
    ratings: Ratings


async def load_figures(tx: Transaction, now: datetime, within: timedelta, capacity: int | None) -> FloorFigures:
    """The figures as of now.

    :param within: how far back to look at what has ended or was answered.
    :param capacity: of whoever has no number of their own.
    """
    since = now - within
    epochs = await tx.figures.epochs_since(since)
    ended = [epoch for epoch in epochs if epoch.ended_at is not None and epoch.ended_at >= since]
    ratings = [epoch.rating for epoch in ended if epoch.rating is not None]
    return FloorFigures(
        at=now,
        since=since,
        queues=[await _load_queue(tx, tier, now) for tier in Tier],
        open=[OpenFigures(one.tier.name, one.assignee, one.count) for one in await tx.figures.open_counts()],
        on_duty=await _load_on_duty(tx, capacity),
        conclusions={one.value: sum(epoch.conclusion is one for epoch in ended) for one in Conclusion},
        first_answer=build_spread(_first_answers(epochs, since)),
        conclusion=build_spread([(e.ended_at - e.began_at).total_seconds() for e in ended if e.ended_at is not None]),
        ratings=Ratings(
            count=len(ratings),
            mean=round(sum(ratings) / len(ratings), 2) if ratings else None,
            stars={str(stars): count for stars, count in sorted(Counter(ratings).items())},
        ),
    )


def _first_answers(epochs: Iterable[EpochFigures], since: datetime) -> list[float]:
    return [
        (epoch.answered_at - epoch.began_at).total_seconds()
        for epoch in epochs
        if epoch.answered_at is not None and epoch.answered_at >= since
    ]


def build_spread(seconds: Sequence[float]) -> Spread:
    """Median and 95th percentile (the nearest rank: a time that somebody did have)."""
    if not seconds:
        return Spread(0, None, None)
    ordered = sorted(seconds)
    return Spread(len(ordered), median(ordered), ordered[ceil(0.95 * len(ordered)) - 1])


async def _load_queue(tx: Transaction, tier: Tier, now: datetime) -> QueueFigures:
    waits = [max((now - record.queued_at).total_seconds(), 0.0) for record in await tx.issues.queued(tier)]
    return QueueFigures(tier.name, len(waits), max(waits, default=0.0), build_spread(waits))


async def _load_on_duty(tx: Transaction, capacity: int | None) -> list[OnDuty]:
    directory, off = await tx.principals.directory(), await tx.duties.off()
    holds, capacities = await tx.issues.open_by_assignee(), await tx.duties.capacities()
    return [
        OnDuty(
            user_id=person.user_id,
            tier=None if person.tier is None else person.tier.name,
            holds=holds.get(person.user_id, 0),
            capacity=capacities.get(person.user_id, capacity) if person.tier is not None else None,
        )
        for person in directory.staff()
        if person.role in COVER_ROLES and person.user_id not in off
    ]
