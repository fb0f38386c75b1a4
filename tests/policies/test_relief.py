"""Somebody comes in place of the last cover, or nobody can be found (rule G3): what follows, and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.actions import BringInGuest, LetIn, MakeRoom, PublishIssue, RemoveGuest, SetVoices, Tell
from policies.consequences import decide_on_claim
from policies.issue import Conclusion, Issue, Side, Status
from policies.lifecycle import claimed, concluded, handed_over, returned
from policies.names import IssueId, Tier
from policies.relief import (
    BACK_IN_LOBBY,
    Why,
    decide_on_lasting_silence,
    decide_on_leaving_after_the_end,
    decide_on_relief,
    decide_on_return,
    weightier,
)
from tests.builders.people import ADA, BEN, GINA
from tests.builders.rooms import GUEST_ROOM, STAFF_ROOM

QUEUED = Issue(IssueId("7"), "My form loses answers", GINA.user_id, Status.QUEUED, Tier.T1)
OPEN = replace(claimed(QUEUED, ADA.user_id), guest_room=GUEST_ROOM, staff_room=STAFF_ROOM)
WITH_BEN = handed_over(OPEN, BEN.user_id)


class TestRelief:
    @pytest.mark.parametrize("why", Why)
    def test_g3_the_newcomer_is_in_both_rooms_before_anybody_is_told(self, why: Why) -> None:
        actions = decide_on_relief(WITH_BEN, BEN.user_id, [ADA.user_id], why)
        assert actions[:2] == (LetIn(OPEN.id, Side.GUEST, BEN.user_id), LetIn(OPEN.id, Side.STAFF, BEN.user_id))
        assert isinstance(actions[-1], Tell)
        assert [action.side for action in actions if isinstance(action, Tell)] == [Side.STAFF]
        assert f"{BEN.user_id} is here now" in actions[-1].sentence

    def test_who_wanted_to_leave_is_told_that_they_may_and_notified(self) -> None:
        told = decide_on_relief(WITH_BEN, BEN.user_id, [ADA.user_id], Why.LEAVING)[-1]
        assert isinstance(told, Tell)
        assert told.sentence.endswith(f"{ADA.user_id} may leave now.")
        assert ADA.user_id in told.mentions

    @pytest.mark.parametrize("why", [Why.SILENT, Why.REMOVED])
    def test_who_did_not_want_to_leave_is_not_told_to(self, why: Why) -> None:
        told = decide_on_relief(WITH_BEN, BEN.user_id, [ADA.user_id], why)[-1]
        assert isinstance(told, Tell)
        assert "may leave" not in told.sentence

    def test_who_stays_answerable_is_not_named_as_replaced(self) -> None:
        told = decide_on_relief(OPEN, BEN.user_id, [ADA.user_id], Why.LEAVING)[-1]
        assert isinstance(told, Tell)
        assert "answers for" not in told.sentence

    def test_both_rooms_say_who_is_answerable_now(self) -> None:
        actions = decide_on_relief(WITH_BEN, BEN.user_id, [ADA.user_id], Why.LEAVING)
        assert PublishIssue(WITH_BEN) in actions
        assert SetVoices(OPEN.id, guest_may_write=True) in actions


class TestReturn:
    AFTER = returned(OPEN)

    def test_the_issue_is_queued_and_nobodys_and_keeps_its_rooms(self) -> None:
        assert (self.AFTER.status, self.AFTER.assignee, self.AFTER.waiting_on) == (Status.QUEUED, None, None)
        assert (self.AFTER.guest_room, self.AFTER.staff_room) == (GUEST_ROOM, STAFF_ROOM)

    def test_g3_the_guest_is_told_then_taken_out_and_only_then_the_last_cover_may_leave(self) -> None:
        told, out, *_, may_go = decide_on_return(self.AFTER, [ADA.user_id], Why.LEAVING)
        assert told == Tell(OPEN.id, Side.GUEST, BACK_IN_LOBBY)
        assert isinstance(out, RemoveGuest)
        assert isinstance(may_go, Tell)
        assert (may_go.side, may_go.mentions) == (Side.STAFF, (ADA.user_id,))
        assert may_go.sentence.endswith(f"{ADA.user_id} may leave now.")

    def test_the_guest_is_told_nothing_of_who_or_why(self) -> None:
        assert "@" not in BACK_IN_LOBBY

    def test_the_next_claim_uses_the_same_rooms_and_sets_them_right_before_the_guest_comes(self) -> None:
        again = claimed(self.AFTER, BEN.user_id)
        actions = decide_on_claim(again, BEN.user_id, ["w1"], ())
        back = actions.index(BringInGuest(OPEN.id))
        assert actions[:2] == (MakeRoom(again, Side.GUEST), MakeRoom(again, Side.STAFF))
        assert actions.index(LetIn(OPEN.id, Side.GUEST, BEN.user_id)) < actions.index(PublishIssue(again)) < back
        assert actions.index(SetVoices(OPEN.id, guest_may_write=True)) < back


def test_g3_where_the_issue_is_concluded_the_guest_goes_first_and_nobody_is_looked_for() -> None:
    after = concluded(OPEN, Conclusion.RESOLVED)
    out, may_go = decide_on_leaving_after_the_end(after, [ADA.user_id], Why.LEAVING)
    assert isinstance(out, RemoveGuest)
    assert isinstance(may_go, Tell)
    assert may_go.mentions == (ADA.user_id,)
    assert decide_on_leaving_after_the_end(after, [ADA.user_id], Why.REMOVED) == (out,)


def test_where_nobody_else_is_free_the_assignee_is_asked_again() -> None:
    (told,) = decide_on_lasting_silence(OPEN)
    assert isinstance(told, Tell)
    assert (told.side, told.mentions) == (Side.STAFF, (ADA.user_id,))


def test_to_be_removed_outweighs_to_leave_and_that_outweighs_silence() -> None:
    assert weightier(Why.SILENT, Why.LEAVING) is Why.LEAVING
    assert weightier(Why.REMOVED, Why.LEAVING) is Why.REMOVED
    assert weightier(Why.SILENT, Why.SILENT) is Why.SILENT
