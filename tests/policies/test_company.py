from __future__ import annotations

from dataclasses import replace

import pytest

from policies.company import decide_on_bringing_robot, decide_on_sending_robot_away, may_change_company
from policies.issue import Issue, Status
from policies.names import Code, IssueId, RoomId, Standing, Tier
from policies.outcomes import Refuse
from policies.people import Person
from tests.builders.people import ADA, DIAGNOSTICS, LUNA, SAM, guest

GINA = guest("guest-gina")
OPEN = Issue(IssueId("7"), "x", GINA.user_id, Status.OPEN, Tier.T1, assignee=ADA.user_id, staff_room=RoomId("!s"))


@pytest.mark.parametrize("actor", [ADA, SAM])
def test_staff_bring_robots_in_and_send_them_away(actor: Person) -> None:
    assert may_change_company(OPEN, actor, DIAGNOSTICS)


@pytest.mark.parametrize(
    ("issue", "actor", "robot", "code"),
    [
        pytest.param(OPEN, GINA, DIAGNOSTICS, Code.STAFF_ONLY, id="guests do not"),
        pytest.param(OPEN, replace(ADA, standing=Standing.SUSPENDED), DIAGNOSTICS, Code.STAFF_ONLY, id="the suspended"),
        pytest.param(OPEN, ADA, LUNA, Code.ROBOTS_STAY_OUT, id="companions stay in lounges"),
        pytest.param(OPEN, ADA, SAM, Code.ROBOTS_STAY_OUT, id="people are no robots"),
        pytest.param(
            replace(OPEN, status=Status.CONCLUDED),
            ADA,
            DIAGNOSTICS,
            Code.ISSUE_CONCLUDED,
            id="nothing is asked any more",
        ),
        pytest.param(
            replace(OPEN, status=Status.QUEUED, staff_room=None),
            ADA,
            DIAGNOSTICS,
            Code.ISSUE_NOT_OPEN,
            id="no room yet",
        ),
    ],
)
def test_others_are_refused_with_the_reason(issue: Issue, actor: Person, robot: Person, code: Code) -> None:
    verdict = may_change_company(issue, actor, robot)
    assert isinstance(verdict, Refuse)
    assert verdict.code is code


def test_the_staff_room_is_told_who_did_it() -> None:
    for decide in (decide_on_bringing_robot, decide_on_sending_robot_away):
        assert any(ADA.user_id in str(action) for action in decide(OPEN, ADA, DIAGNOSTICS))
