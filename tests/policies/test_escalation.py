"""Escalation: up in place, up to a new room, and down again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.actions import (
    AwaitMove,
    BringInGuest,
    LetIn,
    MakeRoom,
    PostCapsule,
    PublishIssue,
    SetVoices,
    ShowCard,
    Tell,
)
from policies.errors import ImpossibleChange
from policies.escalation import (
    GOES_ON,
    GOES_ON_FOR_GROUPS,
    Mode,
    continued,
    decide_on_child,
    decide_on_deescalation,
    decide_on_escalation,
    decide_on_leaving_behind,
    decide_on_taking_over,
    deescalated,
    escalated,
    left_behind,
    may_deescalate,
    may_escalate,
)
from policies.issue import Conclusion, Issue, Side, Status, WaitingOn, Wanted
from policies.lifecycle import settled_with
from policies.names import Code, IssueId, RoomId, Tier, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Person
from tests.builders.people import (
    ADA,
    ALEX,
    BEN,
    BOB,
    BRIDGE,
    CLEO,
    DIAGNOSTICS,
    GINA,
    LUNA,
    OTTO,
    SAM,
    suspended,
)

QUEUED = Issue(IssueId("7"), "My form loses answers", GINA.user_id, Status.QUEUED, Tier.T1)
OPEN = replace(
    QUEUED,
    status=Status.OPEN,
    assignee=ADA.user_id,
    waiting_on=WaitingOn.STAFF,
    guest_room=RoomId("!g"),
    staff_room=RoomId("!s"),
)
ENDED = replace(OPEN, status=Status.CONCLUDED, conclusion=Conclusion.RESOLVED, waiting_on=None)
CHILD = Issue(IssueId("8"), OPEN.subject, GINA.user_id, Status.QUEUED, Tier.T2)
AMY = replace(ADA, user_id=UserId("@amy:localhost"))
NOT_STAFF = [GINA, OTTO, BOB, DIAGNOSTICS, LUNA, suspended(BEN), suspended(SAM)]
CAPSULE = PostCapsule(OPEN.id, "what is known", "<p>what is known</p>", (BEN.user_id,))


def code_of(verdict: Verdict) -> Code:
    assert isinstance(verdict, Refuse)
    return verdict.code


class TestWhoEscalates:
    @pytest.mark.parametrize("mode", Mode)
    @pytest.mark.parametrize("person", [ADA, AMY, BEN, CLEO, SAM, ALEX, BRIDGE])
    def test_the_assignee_their_tier_those_above_and_the_bridge(self, person: Person, mode: Mode) -> None:
        assert may_escalate(OPEN, person, mode) is ALLOW

    @pytest.mark.parametrize("mode", Mode)
    @pytest.mark.parametrize("person", NOT_STAFF)
    def test_nobody_from_outside(self, person: Person, mode: Mode) -> None:
        assert code_of(may_escalate(OPEN, person, mode)) is Code.STAFF_ONLY
        assert code_of(may_deescalate(replace(OPEN, tier=Tier.T2), person)) is Code.STAFF_ONLY

    def test_not_somebody_below_who_does_not_answer_for_it(self) -> None:
        theirs = replace(OPEN, tier=Tier.T2, assignee=BEN.user_id)
        assert code_of(may_escalate(theirs, ADA, Mode.IN_PLACE)) is Code.NOT_YOUR_ISSUE
        assert code_of(may_deescalate(theirs, ADA)) is Code.NOT_YOUR_ISSUE
        assert may_deescalate(theirs, BEN) is ALLOW

    @pytest.mark.parametrize("mode", Mode)
    def test_not_what_is_concluded(self, mode: Mode) -> None:
        assert code_of(may_escalate(ENDED, SAM, mode)) is Code.ISSUE_CONCLUDED
        assert code_of(may_deescalate(replace(ENDED, tier=Tier.T2), SAM)) is Code.ISSUE_CONCLUDED

    def test_a_queued_issue_goes_up_in_its_place_and_to_no_new_room(self) -> None:
        assert may_escalate(QUEUED, ADA, Mode.IN_PLACE) is ALLOW
        assert code_of(may_escalate(QUEUED, ADA, Mode.NEW_ROOM)) is Code.ISSUE_NOT_OPEN

    @pytest.mark.parametrize("mode", Mode)
    def test_it_is_escalated_once_however_often_those_below_tap(self, mode: Mode) -> None:
        once = escalated(OPEN)
        for person in (ADA, AMY):
            assert code_of(may_escalate(once, person, mode)) is Code.ALREADY_ESCALATED
        assert may_escalate(once, BEN, mode) is ALLOW

    @pytest.mark.parametrize("mode", Mode)
    def test_above_the_supervisors_there_is_nobody(self, mode: Mode) -> None:
        highest = replace(OPEN, tier=Tier.T3, assignee=CLEO.user_id, wanted=Wanted.SUPERVISOR)
        for person in (CLEO, SAM):
            assert code_of(may_escalate(highest, person, mode)) is Code.ALREADY_ESCALATED
        assert code_of(may_escalate(replace(QUEUED, tier=Tier.T3), SAM, Mode.IN_PLACE)) is Code.ALREADY_ESCALATED

    def test_below_the_first_tier_there_is_none(self) -> None:
        assert code_of(may_deescalate(OPEN, ADA)) is Code.LOWEST_TIER
        assert code_of(may_deescalate(QUEUED, ADA)) is Code.LOWEST_TIER


class TestInPlace:
    def test_the_tier_is_raised_and_whoever_answered_still_does(self) -> None:
        after = escalated(OPEN)
        assert after == replace(OPEN, tier=Tier.T2, wanted=Wanted.TIER)

    def test_above_the_last_tier_a_supervisor_is_wanted(self) -> None:
        after = escalated(replace(OPEN, tier=Tier.T3))
        assert (after.tier, after.wanted) == (Tier.T3, Wanted.SUPERVISOR)

    def test_what_waits_in_a_queue_waits_in_another(self) -> None:
        assert escalated(QUEUED) == replace(QUEUED, tier=Tier.T2)

    def test_the_rooms_say_so_and_the_guest_is_told_whom_to_expect(self) -> None:
        actions = decide_on_escalation(escalated(OPEN), CAPSULE)
        assert [type(action) for action in actions[:4]] == [PublishIssue, PostCapsule, Tell, ShowCard]
        assert not any(isinstance(action, SetVoices) for action in actions), "nobody loses their voice"

    def test_what_has_no_rooms_has_its_card_moved_and_no_more(self) -> None:
        kinds = {type(action) for action in decide_on_escalation(escalated(QUEUED), CAPSULE)}
        assert ShowCard in kinds
        assert kinds.isdisjoint({PublishIssue, PostCapsule, Tell})

    def test_what_is_concluded_cannot_be_escalated(self) -> None:
        with pytest.raises(ImpossibleChange):
            escalated(ENDED)


class TestToNewRoom:
    def test_the_old_issue_is_concluded_and_names_its_child(self) -> None:
        after = left_behind(replace(OPEN, wanted=Wanted.TIER), CHILD.id)
        assert (after.status, after.conclusion, after.child) == (Status.CONCLUDED, Conclusion.ESCALATED, CHILD.id)
        assert (after.wanted, after.waiting_on) == (None, None)

    def test_the_child_is_open_at_once_one_tier_up_with_the_old_assignee(self) -> None:
        child = continued(OPEN, CHILD)
        assert (child.status, child.tier, child.assignee, child.parent) == (Status.OPEN, Tier.T2, ADA.user_id, OPEN.id)
        assert (child.wanted, child.waiting_on) == (Wanted.TIER, WaitingOn.STAFF)

    def test_the_child_of_an_issue_of_the_last_tier_waits_for_a_supervisor(self) -> None:
        child = continued(replace(OPEN, tier=Tier.T3), CHILD)
        assert (child.tier, child.wanted) == (Tier.T3, Wanted.SUPERVISOR)

    def test_the_employee_is_in_both_new_rooms_before_the_guest_is_brought_in(self) -> None:
        actions = decide_on_child(continued(OPEN, CHILD), CAPSULE, [DIAGNOSTICS.user_id])
        kinds = [type(action) for action in actions]
        assert kinds[:5] == [MakeRoom, MakeRoom, LetIn, LetIn, BringInGuest]
        assert actions[-1] == LetIn(CHILD.id, Side.STAFF, DIAGNOSTICS.user_id)

    def test_the_old_room_ends_after_the_guest_came_into_the_new_one(self) -> None:
        parent = left_behind(OPEN, CHILD.id)
        actions = decide_on_leaving_behind(parent, continued(OPEN, CHILD), ADA.user_id, "too hard")
        assert actions[:4] == (
            AwaitMove(CHILD.id),
            PublishIssue(parent),
            Tell(OPEN.id, Side.GUEST, GOES_ON),
            SetVoices(OPEN.id, guest_may_write=False),
        )

    def test_the_guests_of_a_group_are_told_that_they_are_invited(self) -> None:
        parent = left_behind(replace(OPEN, guests=(GINA.user_id, OTTO.user_id)), CHILD.id)
        actions = decide_on_leaving_behind(parent, continued(OPEN, CHILD), ADA.user_id, "")
        assert Tell(OPEN.id, Side.GUEST, GOES_ON_FOR_GROUPS) in actions


class TestTakingOver:
    def test_the_new_one_is_in_both_rooms_before_the_old_one_is_told_to_go(self) -> None:
        after = settled_with(escalated(OPEN), BEN)
        *first, told = decide_on_taking_over(after, ADA.user_id)
        assert first[:2] == [LetIn(OPEN.id, Side.GUEST, BEN.user_id), LetIn(OPEN.id, Side.STAFF, BEN.user_id)]
        assert isinstance(told, Tell)
        assert told.side is Side.STAFF
        assert f"{ADA.user_id} may leave now" in told.sentence
        assert told.mentions == (ADA.user_id,)

    def test_where_nobody_was_before_nobody_is_told_to_go(self) -> None:
        *_, told = decide_on_taking_over(settled_with(escalated(OPEN), BEN), None)
        assert isinstance(told, Tell)
        assert "leave" not in told.sentence


class TestDown:
    def test_to_whoever_is_of_that_tier_and_has_it_still(self) -> None:
        after = deescalated(escalated(OPEN), ADA)
        assert after == OPEN

    def test_otherwise_that_tier_is_called_in_and_the_assignee_stays(self) -> None:
        theirs = replace(OPEN, tier=Tier.T2, assignee=BEN.user_id)
        after = deescalated(theirs, BEN)
        assert (after.tier, after.assignee, after.wanted) == (Tier.T1, BEN.user_id, Wanted.TIER)

    def test_a_supervisor_is_called_off(self) -> None:
        called = replace(OPEN, tier=Tier.T3, assignee=CLEO.user_id, wanted=Wanted.SUPERVISOR)
        assert deescalated(called, CLEO) == replace(called, wanted=None)

    def test_a_queued_issue_waits_one_tier_below(self) -> None:
        assert deescalated(replace(QUEUED, tier=Tier.T3), None) == replace(QUEUED, tier=Tier.T2)

    def test_the_staff_room_is_told_and_those_called_by_name(self) -> None:
        after = deescalated(replace(OPEN, tier=Tier.T2, assignee=BEN.user_id), BEN)
        actions = decide_on_deescalation(after, BEN.user_id, "It is simple.", [ADA.user_id])
        told = next(action for action in actions if isinstance(action, Tell))
        assert told.side is Side.STAFF
        assert "T1" in told.sentence
        assert "It is simple." in told.sentence
        assert told.mentions == (ADA.user_id,)

    def test_what_has_no_rooms_has_its_card_moved_and_no_more(self) -> None:
        after = deescalated(replace(QUEUED, tier=Tier.T2), None)
        assert not any(isinstance(a, Tell | PublishIssue) for a in decide_on_deescalation(after, SAM.user_id, "", []))
