"""Group issues: which may have several guests, and who brings them (rule G4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.actions import InviteGuest, PrepareGhost
from policies.groups import decide_on_bringing, may_bring_guest
from policies.issue import Conclusion, Issue, Status
from policies.lifecycle import claimed, concluded
from policies.names import Code, IssueId, Tier
from policies.outcomes import Refuse
from policies.people import Person
from tests.builders.people import ADA, BEN, BOB, DIAGNOSTICS, GINA, OTTO, SAM, directory, guest, suspended

HUGO = guest("guest-hugo")
QUEUED = Issue(IssueId("7"), "We lose answers", GINA.user_id, Status.QUEUED, Tier.T1, guests=(GINA.user_id,))
GROUP = claimed(QUEUED, ADA.user_id)
ALONE = replace(GROUP, guests=())


def refusal(verdict: object) -> Refuse:
    assert isinstance(verdict, Refuse)
    return verdict


class TestG4WhoMayMeet:
    @pytest.mark.parametrize("other", [HUGO, OTTO, BOB])
    def test_another_guest_is_brought_into_a_group_issue_wherever_they_are_from(self, other: Person) -> None:
        assert may_bring_guest(GROUP, ADA, other)
        assert may_bring_guest(QUEUED, SAM, other)

    def test_an_issue_of_one_guest_stays_one(self) -> None:
        assert refusal(may_bring_guest(ALONE, ADA, HUGO)).code is Code.ONE_GUEST_HERE
        assert may_bring_guest(ALONE, ADA, GINA)

    @pytest.mark.parametrize("actor", [GINA, DIAGNOSTICS, suspended(ADA)])
    def test_only_staff_bring_guests(self, actor: Person) -> None:
        assert refusal(may_bring_guest(GROUP, actor, HUGO)).code is Code.STAFF_ONLY

    @pytest.mark.parametrize("other", [BEN, DIAGNOSTICS])
    def test_staff_and_robots_are_not_brought_as_guests(self, other: Person) -> None:
        assert refusal(may_bring_guest(GROUP, ADA, other)).code is Code.NOT_PERMITTED

    def test_nobody_is_brought_into_a_concluded_issue(self) -> None:
        ended = concluded(GROUP, Conclusion.RESOLVED)
        assert refusal(may_bring_guest(ended, ADA, HUGO)).code is Code.ISSUE_CONCLUDED


class TestBringing:
    def test_a_ghost_is_made_first_and_others_are_invited_as_they_are(self) -> None:
        invited = InviteGuest(GROUP.id, HUGO.user_id)
        assert decide_on_bringing(GROUP, HUGO, directory()) == (PrepareGhost(HUGO.user_id), invited)
        for other in (OTTO, BOB):
            assert decide_on_bringing(GROUP, other, directory()) == (InviteGuest(GROUP.id, other.user_id),)

    def test_while_the_issue_waits_nobody_is_invited_yet(self) -> None:
        assert decide_on_bringing(QUEUED, BOB, directory()) == ()


def test_everyone_is_the_one_who_opened_it_and_then_the_others_once_each() -> None:
    issue = replace(GROUP, guests=(BOB.user_id, GINA.user_id, HUGO.user_id))
    assert issue.everyone == (GINA.user_id, BOB.user_id, HUGO.user_id)
    assert issue.companions == (BOB.user_id, HUGO.user_id)
    assert ALONE.everyone == (GINA.user_id,)
