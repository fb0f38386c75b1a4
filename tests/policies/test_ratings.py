"""A guest's rating of how an epoch ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from policies.actions import Tell
from policies.issue import Conclusion, Issue, Side, Status
from policies.names import Code, IssueId, RoomId, Tier
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Person
from policies.ratings import decide_on_rating, may_rate
from tests.builders.people import ADA, ALEX, BRIDGE, DIAGNOSTICS, GINA, SAM

DAY, WEEK = timedelta(days=1), timedelta(days=7)
ENDED = Issue(
    IssueId("7"),
    "x",
    GINA.user_id,
    Status.CONCLUDED,
    Tier.T1,
    conclusion=Conclusion.RESOLVED,
    staff_room=RoomId("!s"),
)


def code_of(verdict: Verdict) -> Code:
    assert isinstance(verdict, Refuse)
    return verdict.code


@pytest.mark.parametrize("conclusion", sorted({*Conclusion} - {Conclusion.ESCALATED}))
def test_a_guest_rates_what_ended(conclusion: Conclusion) -> None:
    assert may_rate(replace(ENDED, conclusion=conclusion), GINA, DAY, WEEK) is ALLOW


@pytest.mark.parametrize("status", [Status.QUEUED, Status.OPEN])
def test_not_before_it_ended(status: Status) -> None:
    assert code_of(may_rate(replace(ENDED, status=status), GINA, DAY, WEEK)) is Code.ISSUE_NOT_CONCLUDED


def test_not_what_goes_on_elsewhere() -> None:
    moved = replace(ENDED, conclusion=Conclusion.ESCALATED, child=IssueId("8"))
    verdict = may_rate(moved, GINA, DAY, WEEK)
    assert code_of(verdict) is Code.ISSUE_CONCLUDED
    assert isinstance(verdict, Refuse)
    assert verdict.facts["child"] == "8"


def test_not_too_long_after() -> None:
    assert code_of(may_rate(ENDED, GINA, WEEK + DAY, WEEK)) is Code.TOO_LATE


@pytest.mark.parametrize("person", [ADA, SAM, ALEX, BRIDGE, DIAGNOSTICS])
def test_nobody_but_guests(person: Person) -> None:
    assert code_of(may_rate(ENDED, person, DAY, WEEK)) is Code.NOT_PERMITTED


def test_the_staff_room_is_told_if_there_is_one() -> None:
    [told] = decide_on_rating(ENDED, 4, "Quick.", is_changed=False)
    assert isinstance(told, Tell)
    assert told.side is Side.STAFF
    assert "4 of 5" in told.sentence
    assert "Quick." in told.sentence
    assert decide_on_rating(replace(ENDED, staff_room=None), 4, "", is_changed=False) == ()
