from dataclasses import replace
from datetime import timedelta

import pytest

from policies.deadlines import LASTING, OF_THE_ISSUE, Deadline, Patience, awaited, deadlines_of
from policies.issue import Conclusion, Issue, Status, WaitingOn, Wanted
from policies.lifecycle import claimed, concluded, returned
from policies.names import IssueId, Tier
from tests.builders.people import ADA, GINA

PATIENCE = Patience(cover=timedelta(minutes=1), silence=timedelta(minutes=10))
QUEUED = Issue(IssueId("7"), "My form loses answers", GINA.user_id, Status.QUEUED, Tier.T1)
OPEN = claimed(QUEUED, ADA.user_id)


def test_while_a_guest_waits_for_an_answer_the_assignee_has_so_much_time() -> None:
    assert deadlines_of(OPEN, PATIENCE) == {Deadline.SILENCE: timedelta(minutes=10)}


def test_while_the_guest_has_to_answer_they_have_so_much_time_and_the_assignee_is_not_hurried() -> None:
    waits = deadlines_of(replace(OPEN, waiting_on=WaitingOn.GUEST), PATIENCE)
    assert waits == {Deadline.GUEST: PATIENCE.guest}


def test_a_queued_issue_is_claimed_in_time() -> None:
    for issue in (QUEUED, returned(OPEN)):
        assert deadlines_of(issue, PATIENCE) == {Deadline.UNCLAIMED: PATIENCE.unclaimed}


@pytest.mark.parametrize("turn", WaitingOn)
def test_an_escalated_issue_is_taken_in_time_whoever_has_the_next_word(turn: WaitingOn) -> None:
    waits = deadlines_of(replace(OPEN, waiting_on=turn, wanted=Wanted.TIER), PATIENCE)
    assert waits[Deadline.UNTAKEN] == PATIENCE.untaken
    assert len(waits) == 2


@pytest.mark.parametrize("status", [Status.QUEUED, Status.OPEN])
@pytest.mark.parametrize("turn", [*WaitingOn, None])
@pytest.mark.parametrize("wanted", [*Wanted, None])
@pytest.mark.parametrize("tier", Tier)
def test_l3_whatever_is_open_or_queued_has_a_deadline(
    status: Status, turn: WaitingOn | None, wanted: Wanted | None, tier: Tier
) -> None:
    issue = replace(OPEN, status=status, waiting_on=turn, wanted=wanted, tier=tier)
    assert {*deadlines_of(issue, PATIENCE)} - {Deadline.CLEARING}


def test_l3_every_deadline_of_an_issue_can_come_about() -> None:
    issues = [
        QUEUED,
        OPEN,
        replace(OPEN, waiting_on=WaitingOn.GUEST, wanted=Wanted.TIER),
        concluded(OPEN, Conclusion.RESOLVED),
    ]
    assert {kind for issue in issues for kind in deadlines_of(issue, PATIENCE)} == OF_THE_ISSUE


def test_what_is_awaited_changes_with_tier_epoch_and_whom_it_waits_for() -> None:
    waiting = replace(OPEN, wanted=Wanted.TIER)
    others = [
        QUEUED,
        replace(waiting, tier=Tier.T2),
        replace(waiting, epoch=2),
        replace(waiting, wanted=Wanted.SUPERVISOR),
    ]
    assert len({awaited(issue) for issue in (waiting, *others)}) == 5
    assert awaited(replace(waiting, waiting_on=WaitingOn.GUEST)) == awaited(waiting)
    assert LASTING < OF_THE_ISSUE


def test_an_issue_that_is_not_open_has_no_assignee_to_wait_for() -> None:
    for issue in (QUEUED, returned(OPEN), concluded(OPEN, Conclusion.RESOLVED)):
        assert Deadline.SILENCE not in deadlines_of(issue, PATIENCE)


def test_people_stay_in_the_rooms_of_a_concluded_issue_for_a_while() -> None:
    assert deadlines_of(concluded(OPEN, Conclusion.RESOLVED), PATIENCE) == {Deadline.CLEARING: PATIENCE.clearing}
