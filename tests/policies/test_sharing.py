"""Sharing an answer with the guest."""

from typing import Any

import pytest

from policies.issue import Issue, Status
from policies.names import Code, IssueId, Rule, Tier
from policies.outcomes import ALLOW, Refuse
from policies.people import Person
from policies.sharing import may_share, may_unshare
from tests.builders.people import ADA, ALEX, BOB, DIAGNOSTICS, GINA, SAM, suspended

DONE = {"kind": "chat", "delivery": "streaming", "state": "done"}


def issue(status: Status = Status.OPEN) -> Issue:
    return Issue(IssueId("7"), "My form loses answers", GINA.user_id, status, Tier.T1)


class TestS1:
    """Only an employee shares, and what they share is a finished answer of a robot."""

    @pytest.mark.parametrize("person", [ADA, SAM, ALEX])
    def test_employees_and_above_share_a_finished_answer(self, person: Person) -> None:
        assert may_share(person, DIAGNOSTICS, DONE, issue()) is ALLOW

    @pytest.mark.parametrize("person", [GINA, BOB, DIAGNOSTICS, suspended(ADA)])
    def test_nobody_else_shares(self, person: Person) -> None:
        verdict = may_share(person, DIAGNOSTICS, DONE, issue())
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.S1, Code.STAFF_ONLY)

    @pytest.mark.parametrize("author", [ADA, GINA])
    def test_what_a_person_said_is_not_shared(self, author: Person) -> None:
        verdict = may_share(ADA, author, DONE, issue())
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.S1, Code.NOTHING_TO_SHARE)
        assert verdict.facts == {"author": author.role, "an answer": "yes"}

    def test_what_a_robot_said_that_is_no_answer_is_not_shared(self) -> None:
        verdict = may_share(ADA, DIAGNOSTICS, {}, issue())
        assert isinstance(verdict, Refuse)
        assert verdict.code is Code.NOTHING_TO_SHARE
        assert verdict.facts == {"author": "robot", "an answer": "no"}

    @pytest.mark.parametrize("state", ["pending", "progress", "failed", None, 1, ["done"]])
    def test_an_answer_that_is_not_finished_is_not_shared(self, state: Any) -> None:
        verdict = may_share(ADA, DIAGNOSTICS, DONE | {"state": state}, issue())
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.S1, Code.NOTHING_TO_SHARE)
        assert verdict.facts == {"state": str(state)}

    @pytest.mark.parametrize("status", [Status.QUEUED, Status.CONCLUDED])
    def test_nothing_is_shared_where_nobody_talks(self, status: Status) -> None:
        verdict = may_share(ADA, DIAGNOSTICS, DONE, issue(status))
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.L1, Code.ISSUE_NOT_OPEN)


class TestTakingBack:
    @pytest.mark.parametrize("person", [ADA, SAM, ALEX])
    def test_staff_take_back_what_the_guest_has(self, person: Person) -> None:
        assert may_unshare(person, is_shared=True) is ALLOW

    @pytest.mark.parametrize("person", [GINA, BOB, DIAGNOSTICS, suspended(ADA)])
    def test_nobody_else_does(self, person: Person) -> None:
        verdict = may_unshare(person, is_shared=True)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.S1, Code.STAFF_ONLY)

    def test_what_the_guest_does_not_have_cannot_be_taken_back(self) -> None:
        verdict = may_unshare(ADA, is_shared=False)
        assert isinstance(verdict, Refuse)
        assert verdict.code is Code.NOT_SHARED
