"""What a guest can do who waits while nobody is there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.actions import ShowCard, Tell
from policies.issue import Conclusion, Issue, Side, Status
from policies.names import Code, IssueId, RoomId, Rule, Tier
from policies.outcomes import ALLOW, Refuse
from policies.people import Person
from policies.waiting import decide_on_being_there, decide_on_contact, is_anybody_there, may_leave_contact
from tests.builders.people import ADA, BEN, BRIDGE, CLEO, DIAGNOSTICS, GINA, SAM, directory

QUEUED = Issue(IssueId("7"), "x", GINA.user_id, Status.QUEUED, Tier.T2)
OPEN = replace(QUEUED, status=Status.OPEN, assignee=BEN.user_id, staff_room=RoomId("!s"))
ENDED = replace(OPEN, status=Status.CONCLUDED, conclusion=Conclusion.RESOLVED)


@pytest.mark.parametrize(
    ("on_duty", "there"),
    [([], False), ([ADA], False), ([BEN], True), ([CLEO], True), ([SAM], True), ([DIAGNOSTICS], False)],
)
def test_somebody_is_there_who_could_claim_the_issue(on_duty: list[Person], *, there: bool) -> None:
    assert is_anybody_there(directory(), Tier.T2, {person.user_id for person in on_duty}) is there


@pytest.mark.parametrize("issue", [QUEUED, OPEN])
def test_a_guest_leaves_an_address_before_the_end(issue: Issue) -> None:
    assert may_leave_contact(issue, GINA) is ALLOW


def test_not_after_it() -> None:
    verdict = may_leave_contact(ENDED, GINA)
    assert isinstance(verdict, Refuse)
    assert verdict.code is Code.ISSUE_CONCLUDED


@pytest.mark.parametrize("person", [ADA, SAM, BRIDGE, DIAGNOSTICS])
def test_nobody_else_does(person: Person) -> None:
    verdict = may_leave_contact(QUEUED, person)
    assert isinstance(verdict, Refuse)
    assert (verdict.rule, verdict.code) == (Rule.L3, Code.NOT_PERMITTED)


def test_the_card_shows_it_and_who_is_with_the_guest_is_told() -> None:
    assert decide_on_contact(QUEUED) == (ShowCard(QUEUED.id),)
    assert [type(action) for action in decide_on_contact(OPEN)] == [ShowCard, Tell]


def test_the_address_is_said_on_the_staffs_side_alone() -> None:
    for action in decide_on_being_there(OPEN, "gina@example.org"):
        assert isinstance(action, Tell)
        assert ("example.org" in action.sentence) is (action.side is Side.STAFF)
