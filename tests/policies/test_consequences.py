"""What must follow what befell an issue, and in which order."""

from dataclasses import replace

import pytest

from policies.actions import (
    Action,
    BringInGuest,
    LetIn,
    MakeRoom,
    PostWords,
    PrepareGhost,
    PublishIssue,
    SetVoices,
    ShowCard,
    ShowDeskCard,
    Tell,
)
from policies.consequences import (
    WHY_CONCLUDED,
    decide_on_claim,
    decide_on_conclusion,
    decide_on_handover,
    decide_on_opening,
)
from policies.issue import Conclusion, Issue, Side, Status
from policies.lifecycle import claimed, concluded, handed_over
from policies.names import IssueId, Tier
from tests.builders.people import ADA, BEN, DIAGNOSTICS, GINA
from tests.builders.rooms import GUEST_ROOM, STAFF_ROOM

QUEUED = Issue(IssueId("7"), "My form loses answers", GINA.user_id, Status.QUEUED, Tier.T1)
OPEN = claimed(QUEUED, ADA.user_id)
AT_WORK = replace(OPEN, guest_room=GUEST_ROOM, staff_room=STAFF_ROOM)


def places(actions: tuple[Action, ...], kind: type[Action]) -> list[int]:
    return [place for place, action in enumerate(actions) if isinstance(action, kind)]


class TestOpening:
    def test_the_ghost_is_made_and_the_issue_shown_in_its_queue(self) -> None:
        assert decide_on_opening(QUEUED) == (PrepareGhost(GINA.user_id), ShowCard(QUEUED.id))


class TestClaim:
    ACTIONS = decide_on_claim(OPEN, ADA.user_id, ["w1", "w2"], [DIAGNOSTICS.user_id])

    def test_g2_the_guest_is_brought_in_after_the_employee_was_let_in(self) -> None:
        cover = self.ACTIONS.index(LetIn(OPEN.id, Side.GUEST, ADA.user_id))
        assert places(self.ACTIONS, MakeRoom)[0] < cover < places(self.ACTIONS, BringInGuest)[0]

    def test_the_waiting_words_follow_the_guest_in_their_order(self) -> None:
        words = places(self.ACTIONS, PostWords)
        assert [self.ACTIONS[place] for place in words] == [PostWords("w1"), PostWords("w2")]
        assert words[0] > places(self.ACTIONS, BringInGuest)[0]

    def test_both_rooms_are_made_with_the_issue_as_it_is_now(self) -> None:
        assert self.ACTIONS[:2] == (MakeRoom(OPEN, Side.GUEST), MakeRoom(OPEN, Side.STAFF))

    def test_r1_robots_are_let_in_on_the_staff_side_only(self) -> None:
        let_in = [action for action in self.ACTIONS if isinstance(action, LetIn)]
        assert [action.side for action in let_in if action.user_id == DIAGNOSTICS.user_id] == [Side.STAFF]

    def test_the_employee_is_let_in_on_both_sides_and_the_cards_are_shown(self) -> None:
        assert LetIn(OPEN.id, Side.STAFF, ADA.user_id) in self.ACTIONS
        assert ShowCard(OPEN.id) in self.ACTIONS
        assert ShowDeskCard(OPEN.id) in self.ACTIONS


class TestHandover:
    AFTER = handed_over(AT_WORK, BEN.user_id)

    def test_g3_the_next_assignee_is_in_before_the_one_before_is_told_to_go(self) -> None:
        actions = decide_on_handover(self.AFTER, ADA.user_id)
        assert actions[:2] == (
            LetIn(self.AFTER.id, Side.GUEST, BEN.user_id),
            LetIn(self.AFTER.id, Side.STAFF, BEN.user_id),
        )
        sentence = f"Issue 7 was handed over to {BEN.user_id}. {ADA.user_id} may leave now."
        assert actions[-1] == Tell(self.AFTER.id, Side.STAFF, sentence)

    @pytest.mark.parametrize("before", [None, BEN.user_id])
    def test_where_nobody_leaves_nobody_is_told_to(self, before: None) -> None:
        told = decide_on_handover(self.AFTER, before)[-1]
        assert told == Tell(self.AFTER.id, Side.STAFF, f"Issue 7 was handed over to {BEN.user_id}.")

    def test_rooms_and_card_say_who_is_answerable_now(self) -> None:
        actions = decide_on_handover(self.AFTER, ADA.user_id)
        assert PublishIssue(self.AFTER) in actions
        assert ShowCard(self.AFTER.id) in actions
        assert SetVoices(self.AFTER.id, guest_may_write=True) in actions


class TestConclusion:
    @pytest.mark.parametrize("conclusion", Conclusion)
    def test_the_state_says_it_then_the_guest_is_told_and_then_falls_silent(self, conclusion: Conclusion) -> None:
        after = concluded(AT_WORK, conclusion)
        actions = decide_on_conclusion(after, conclusion, ADA.user_id, "")
        assert actions[:3] == (
            PublishIssue(after),
            Tell(after.id, Side.GUEST, WHY_CONCLUDED[conclusion]),
            SetVoices(after.id, guest_may_write=conclusion is Conclusion.GUEST_DISENGAGED),
        )
        assert ShowCard(after.id) in actions

    def test_staff_are_told_by_whom_and_why_and_the_guest_is_not(self) -> None:
        actions = decide_on_conclusion(AT_WORK, Conclusion.RESOLVED, ADA.user_id, "Cleared the cache.")
        told = {action.side: action.sentence for action in actions if isinstance(action, Tell)}
        assert told[Side.STAFF] == f"Issue 7 was concluded by {ADA.user_id}: resolved. Cleared the cache."
        assert "Cleared" not in told[Side.GUEST]
        assert ADA.user_id not in told[Side.GUEST]

    def test_an_issue_that_ends_in_the_queue_has_no_rooms_to_tell(self) -> None:
        after = concluded(QUEUED, Conclusion.GUEST_DISENGAGED)
        assert decide_on_conclusion(after, Conclusion.GUEST_DISENGAGED, ADA.user_id, "") == (ShowCard(after.id),)

    def test_one_that_went_back_to_the_queue_has(self) -> None:
        after = concluded(replace(QUEUED, guest_room=GUEST_ROOM, staff_room=STAFF_ROOM), Conclusion.UNRESOLVED)
        assert PublishIssue(after) in decide_on_conclusion(after, Conclusion.UNRESOLVED, ADA.user_id, "")

    def test_without_a_note_no_reason_is_made_up(self) -> None:
        told = decide_on_conclusion(AT_WORK, Conclusion.RESOLVED, ADA.user_id, "")
        assert Tell(AT_WORK.id, Side.STAFF, f"Issue 7 was concluded by {ADA.user_id}: resolved.") in told

    def test_an_issue_that_ends_while_its_rooms_are_being_made_is_told_of_all_the_same(self) -> None:
        after = concluded(OPEN, Conclusion.RESOLVED)
        assert PublishIssue(after) in decide_on_conclusion(after, Conclusion.RESOLVED, ADA.user_id, "")

    def test_there_is_a_sentence_for_every_conclusion(self) -> None:
        assert WHY_CONCLUDED.keys() == {*Conclusion}
