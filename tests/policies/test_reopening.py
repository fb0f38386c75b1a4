from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from policies.actions import BringInGuest, PostWords, PublishIssue, SetVoices, ShowCard
from policies.errors import ImpossibleChange
from policies.issue import Conclusion, Issue, Status, WaitingOn
from policies.names import IssueId, RoomId, Tier, UserId
from policies.reopening import decide_on_reopening, may_reopen, reopened
from tests.builders.people import ADA, ALEX, DIAGNOSTICS, GINA, SAM, suspended

WEEK = timedelta(days=7)
ENDED = Issue(
    IssueId("7"),
    "My form loses answers",
    GINA.user_id,
    Status.CONCLUDED,
    Tier.T1,
    assignee=ADA.user_id,
    conclusion=Conclusion.RESOLVED,
    guest_room=RoomId("!guest"),
)


class TestL1:
    @pytest.mark.parametrize("actor", [ADA, SAM, ALEX])
    def test_staff_reopen_however_late(self, actor: object) -> None:
        assert may_reopen(ENDED, actor, WEEK * 52, WEEK)  # type: ignore[arg-type]  # parametrize loses the type

    def test_a_guest_reopens_up_to_the_last_moment(self) -> None:
        assert may_reopen(ENDED, GINA, WEEK, WEEK)
        assert not may_reopen(ENDED, GINA, WEEK + timedelta(seconds=1), WEEK)

    def test_robots_and_the_suspended_reopen_nothing(self) -> None:
        for actor in (DIAGNOSTICS, suspended(ADA), suspended(GINA)):
            assert not may_reopen(ENDED, actor, WEEK * 2, WEEK)

    @pytest.mark.parametrize("status", [Status.QUEUED, Status.OPEN])
    def test_only_what_is_concluded_is_reopened(self, status: Status) -> None:
        assert not may_reopen(replace(ENDED, status=status), ADA, WEEK, WEEK)
        with pytest.raises(ImpossibleChange):
            reopened(replace(ENDED, status=status), None)


def test_the_epoch_counts_up_and_the_conclusion_is_gone() -> None:
    for to in (None, ADA.user_id):
        issue = reopened(ENDED, to)
        assert (issue.epoch, issue.conclusion, issue.assignee) == (2, None, to)


def test_with_somebody_there_the_guest_is_answered_next() -> None:
    assert reopened(ENDED, ADA.user_id).waiting_on is WaitingOn.STAFF
    assert reopened(ENDED, None).waiting_on is None


def test_the_rooms_say_so_before_the_guest_speaks() -> None:
    kinds = [type(action) for action in decide_on_reopening(reopened(ENDED, ADA.user_id), GINA.user_id, ["w1"])]
    order = [kinds.index(kind) for kind in (PublishIssue, SetVoices, BringInGuest, PostWords)]
    assert order == sorted(order)


def test_words_wait_where_nobody_is_there() -> None:
    decided = decide_on_reopening(reopened(ENDED, None), UserId("@x"), ["w1"])
    assert not any(isinstance(action, PostWords) for action in decided)
    assert ShowCard(ENDED.id, anew=True) in decided


def test_an_issue_that_never_had_rooms_has_none_to_tell() -> None:
    decided = decide_on_reopening(reopened(replace(ENDED, guest_room=None), None), GINA.user_id, [])
    assert decided == (ShowCard(ENDED.id, anew=True),)
