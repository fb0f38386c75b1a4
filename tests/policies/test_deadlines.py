from dataclasses import replace
from datetime import timedelta

from policies.deadlines import Deadline, Patience, deadlines_of
from policies.issue import Conclusion, Issue, Status, WaitingOn
from policies.lifecycle import claimed, concluded, returned
from policies.names import IssueId, Tier
from tests.builders.people import ADA, GINA

PATIENCE = Patience(cover=timedelta(minutes=1), silence=timedelta(minutes=10))
QUEUED = Issue(IssueId("7"), "My form loses answers", GINA.user_id, Status.QUEUED, Tier.T1)
OPEN = claimed(QUEUED, ADA.user_id)


def test_while_a_guest_waits_for_an_answer_the_assignee_has_so_much_time() -> None:
    assert deadlines_of(OPEN, PATIENCE) == {Deadline.SILENCE: timedelta(minutes=10)}


def test_while_the_guest_has_to_answer_the_assignee_has_none() -> None:
    assert deadlines_of(replace(OPEN, waiting_on=WaitingOn.GUEST), PATIENCE) == {}


def test_an_issue_that_is_not_open_has_no_assignee_to_wait_for() -> None:
    for issue in (QUEUED, returned(OPEN), concluded(OPEN, Conclusion.RESOLVED)):
        assert Deadline.SILENCE not in deadlines_of(issue, PATIENCE)


def test_people_stay_in_the_rooms_of_a_concluded_issue_for_a_while() -> None:
    assert deadlines_of(concluded(OPEN, Conclusion.RESOLVED), PATIENCE) == {Deadline.CLEARING: PATIENCE.clearing}
