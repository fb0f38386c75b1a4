"""Figures that say what happened: nearest ranks, nothing counted that lies too far back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.desk.figures import FloorFigures, Spread, build_spread, load_figures
from policies.issue import Conclusion
from tests.bridge.desk.office import GINA, Office, user

ADA = user("ada")
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)


async def figures(office: Office) -> FloorFigures:
    async with office.store.read() as tx:
        return await load_figures(tx, office.clock.now(), WEEK, None)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], Spread(0, None, None)),
        ([7.0], Spread(1, 7.0, 7.0)),
        ([3.0, 1.0, 2.0], Spread(3, 2.0, 3.0)),
        ([float(n) for n in range(1, 101)], Spread(100, 50.5, 95.0)),
    ],
)
def test_of_a_hundred_times_the_95th_is_one_that_somebody_had(seconds: list[float], expected: Spread) -> None:
    assert build_spread(seconds) == expected


async def test_a_day_is_told_as_it_was(office: Office) -> None:
    record = await office.open_issue()
    office.clock.advance(2 * MINUTE)
    await office.desk.claim(ADA, record.issue.id)
    await office.settle()
    claimed = (await office.record(record.issue.id)).issue
    office.clock.advance(1 * MINUTE)
    started = office.clock.now()
    await office.say(ADA, claimed.guest_room, "Which form?")
    waited = (started - record.opened_at).total_seconds()
    office.clock.advance(2 * MINUTE)
    await office.desk.conclude(ADA, claimed.id, Conclusion.RESOLVED, "")
    await office.desk.rate(GINA, claimed.id, 4, "")
    now = await figures(office)
    assert now.first_answer.count == 1
    assert now.first_answer.median is not None
    assert now.first_answer.median >= waited
    assert now.conclusion.median is not None
    assert now.conclusion.median >= now.first_answer.median + 120
    assert (now.ratings.count, now.ratings.mean, now.ratings.stars) == (1, 4.0, {"4": 1})
    assert now.conclusions == {"escalated": 0, "resolved": 1, "unresolved": 0, "guest-disengaged": 0}


async def test_each_epoch_counts_by_itself(office: Office) -> None:
    record = await office.claimed_issue()
    for _ in range(2):
        await office.desk.conclude(ADA, record.issue.id, Conclusion.RESOLVED, "")
        await office.desk.reopen(GINA, record.issue.id, "Again.")
        await office.settle()
    now = await figures(office)
    assert (now.conclusions["resolved"], now.conclusion.count) == (2, 2)
    assert [(one.assignee, one.issues) for one in now.open] == [(ADA, 1)]


async def test_what_lies_too_far_back_does_not_count(office: Office) -> None:
    record = await office.claimed_issue()
    await office.desk.conclude(ADA, record.issue.id, Conclusion.RESOLVED, "")
    office.clock.advance(WEEK + MINUTE)
    assert (await figures(office)).conclusion.count == 0
