from __future__ import annotations

from dataclasses import replace

import pytest

from policies.hooks import HookEvent, find_happenings
from policies.issue import Conclusion, Issue, Status, WaitingOn
from policies.names import IssueId, Tier, UserId

QUEUED = Issue(IssueId("7"), "Export fails", UserId("@guest-gina:test"), Status.QUEUED, Tier.T1)
OPEN = replace(QUEUED, status=Status.OPEN, assignee=UserId("@ada:test"), waiting_on=WaitingOn.STAFF)
OVER = replace(OPEN, status=Status.CONCLUDED, conclusion=Conclusion.RESOLVED, waiting_on=None)


@pytest.mark.parametrize(
    ("before", "after", "happenings"),
    [
        pytest.param(QUEUED, QUEUED, (), id="nothing"),
        pytest.param(OPEN, replace(OPEN, waiting_on=WaitingOn.GUEST), (), id="whose turn it is"),
        pytest.param(QUEUED, OPEN, (HookEvent.CLAIMED,), id="claimed"),
        pytest.param(OPEN, replace(OPEN, assignee=UserId("@amy:test")), (HookEvent.HANDED_OVER,), id="handed over"),
        pytest.param(OPEN, QUEUED, (HookEvent.RETURNED,), id="returned"),
        pytest.param(OPEN, OVER, (HookEvent.CONCLUDED,), id="concluded"),
        pytest.param(QUEUED, replace(OVER, assignee=None), (HookEvent.CONCLUDED,), id="concluded while it waits"),
        pytest.param(OVER, replace(OPEN, epoch=2), (HookEvent.REOPENED,), id="reopened"),
        pytest.param(OVER, replace(QUEUED, epoch=2), (HookEvent.REOPENED,), id="reopened to the queue"),
        pytest.param(OPEN, replace(OPEN, tier=Tier.T2), (HookEvent.ESCALATED,), id="escalated in place"),
        pytest.param(replace(OPEN, tier=Tier.T2), OPEN, (HookEvent.DEESCALATED,), id="de-escalated"),
        pytest.param(
            OPEN,
            replace(OVER, conclusion=Conclusion.ESCALATED),
            (HookEvent.ESCALATED, HookEvent.CONCLUDED),
            id="escalated to a new room",
        ),
    ],
)
def test_what_befell_an_issue_is_read_from_what_it_was_and_is(
    before: Issue, after: Issue, happenings: tuple[HookEvent, ...]
) -> None:
    assert find_happenings(before, after) == happenings
