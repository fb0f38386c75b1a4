"""The life of an issue: every cell of the table, in it or not, and who may make what happen."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import ImpossibleChange
from policies.issue import Conclusion, Issue, Status, WaitingOn, Wanted
from policies.lifecycle import (
    BEGINNINGS,
    TABLE,
    Happening,
    claimed,
    concluded,
    handed_over,
    is_waited_for,
    may_claim,
    may_conclude,
    may_hand_over,
    may_write,
    may_write_while,
    returned,
    settled_with,
    status_after,
)
from policies.names import Code, IssueId, Rule, Tier, UserId
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

NEVER = None
CELLS = {
    Status.QUEUED: {
        Happening.CLAIM: Status.OPEN,
        Happening.HANDOVER: NEVER,
        Happening.TAKE_OVER: NEVER,
        Happening.ESCALATE_IN_PLACE: Status.QUEUED,
        Happening.ESCALATE_TO_NEW_ROOM: NEVER,
        Happening.DEESCALATE: Status.QUEUED,
        Happening.RETURN_TO_LOBBY: NEVER,
        Happening.CONCLUDE: Status.CONCLUDED,
        Happening.REOPEN_TO_QUEUE: NEVER,
        Happening.REOPEN_TO_ASSIGNEE: NEVER,
    },
    Status.OPEN: {
        Happening.CLAIM: NEVER,
        Happening.HANDOVER: Status.OPEN,
        Happening.TAKE_OVER: Status.OPEN,
        Happening.ESCALATE_IN_PLACE: Status.OPEN,
        Happening.ESCALATE_TO_NEW_ROOM: Status.CONCLUDED,
        Happening.DEESCALATE: Status.OPEN,
        Happening.RETURN_TO_LOBBY: Status.QUEUED,
        Happening.CONCLUDE: Status.CONCLUDED,
        Happening.REOPEN_TO_QUEUE: NEVER,
        Happening.REOPEN_TO_ASSIGNEE: NEVER,
    },
    Status.CONCLUDED: {
        Happening.CLAIM: NEVER,
        Happening.HANDOVER: NEVER,
        Happening.TAKE_OVER: NEVER,
        Happening.ESCALATE_IN_PLACE: NEVER,
        Happening.ESCALATE_TO_NEW_ROOM: NEVER,
        Happening.DEESCALATE: NEVER,
        Happening.RETURN_TO_LOBBY: NEVER,
        Happening.CONCLUDE: NEVER,
        Happening.REOPEN_TO_QUEUE: Status.QUEUED,
        Happening.REOPEN_TO_ASSIGNEE: Status.OPEN,
    },
}
"""The whole table once more, by hand and with its empty cells, so that neither copy can change alone."""

QUEUED = Issue(IssueId("7"), "My form loses answers", GINA.user_id, Status.QUEUED, Tier.T2)
OPEN = replace(QUEUED, status=Status.OPEN, assignee=BEN.user_id, waiting_on=WaitingOn.STAFF)
ENDED = replace(OPEN, status=Status.CONCLUDED, conclusion=Conclusion.RESOLVED, waiting_on=None)
NOT_STAFF = [GINA, OTTO, BOB, DIAGNOSTICS, LUNA, suspended(BEN), suspended(SAM)]


def code_of(verdict: Verdict) -> tuple[Rule, Code]:
    assert isinstance(verdict, Refuse)
    return verdict.rule, verdict.code


class TestL1:
    """An issue is always in exactly one status; what is not in the table is an error."""

    @pytest.mark.parametrize("happening", Happening)
    @pytest.mark.parametrize("status", Status)
    def test_every_cell_is_as_it_was_drawn(self, status: Status, happening: Happening) -> None:
        after = CELLS[status][happening]
        if after is NEVER:
            with pytest.raises(ImpossibleChange, match=f"an issue that is {status} cannot see {happening}"):
                status_after(status, happening)
        else:
            assert status_after(status, happening) is after

    def test_the_table_has_no_other_cells(self) -> None:
        drawn = {(s, h): after for s, row in CELLS.items() for h, after in row.items() if after is not NEVER}
        assert drawn == TABLE

    def test_no_status_is_a_dead_end(self) -> None:
        assert {status for status, _ in TABLE} == {*Status}

    def test_every_status_can_be_reached(self) -> None:
        assert {*TABLE.values()} == {*Status}
        assert {*BEGINNINGS.values()} == {Status.QUEUED, Status.OPEN}

    @given(happenings=st.lists(st.sampled_from(Happening), max_size=30))
    def test_whatever_befalls_an_issue_it_has_one_status_or_the_change_is_impossible(
        self, happenings: list[Happening]
    ) -> None:
        status = Status.QUEUED
        for happening in happenings:
            try:
                status = status_after(status, happening)
            except ImpossibleChange:
                assert CELLS[status][happening] is NEVER
        assert status in Status


WAITS = replace(OPEN, wanted=Wanted.TIER, assignee=ADA.user_id)
WAITS_FOR_SUPERVISOR = replace(WAITS, tier=Tier.T3, wanted=Wanted.SUPERVISOR, assignee=CLEO.user_id)


class TestTakingOver:
    """An escalated issue waits for people of its tier, while somebody else answers for it."""

    @pytest.mark.parametrize("person", [BEN, CLEO, SAM])
    def test_it_waits_for_its_tier_those_above_and_supervisors_who_claim_it(self, person: Person) -> None:
        assert is_waited_for(WAITS, person)
        assert may_claim(WAITS, person) is ALLOW
        after = settled_with(WAITS, person)
        assert (after.status, after.assignee, after.wanted) == (Status.OPEN, person.user_id, None)

    def test_where_a_supervisor_is_wanted_nobody_else_will_do(self) -> None:
        other = replace(CLEO, user_id=UserId("@carl:localhost"))
        assert is_waited_for(WAITS_FOR_SUPERVISOR, SAM)
        assert not is_waited_for(WAITS_FOR_SUPERVISOR, other)
        assert code_of(may_claim(WAITS_FOR_SUPERVISOR, other)) == (Rule.L1, Code.WRONG_TIER)

    def test_those_below_do_not_claim_it(self) -> None:
        other = replace(ADA, user_id=UserId("@amy:localhost"))
        assert code_of(may_claim(WAITS, other)) == (Rule.L1, Code.WRONG_TIER)

    def test_whoever_answers_for_it_does_not_claim_it_again(self) -> None:
        assert code_of(may_claim(WAITS, ADA)) == (Rule.L1, Code.ALREADY_CLAIMED)

    def test_once_taken_it_is_not_taken_again(self) -> None:
        assert code_of(may_claim(settled_with(WAITS, BEN), CLEO)) == (Rule.L1, Code.ALREADY_CLAIMED)

    @pytest.mark.parametrize("person", [*NOT_STAFF, ALEX, BRIDGE])
    def test_it_waits_for_nobody_who_could_not_be_cover(self, person: Person) -> None:
        assert not is_waited_for(WAITS, person)

    def test_a_handover_to_somebody_below_leaves_it_waiting(self) -> None:
        other = replace(ADA, user_id=UserId("@amy:localhost"))
        assert settled_with(WAITS, other) == replace(WAITS, assignee=other.user_id)

    def test_what_ends_or_goes_back_to_the_queue_waits_for_nobody_in_its_room(self) -> None:
        assert concluded(WAITS, Conclusion.RESOLVED).wanted is None
        assert returned(WAITS).wanted is None


class TestClaiming:
    @pytest.mark.parametrize("person", [BEN, CLEO, SAM])
    def test_a_queued_issue_is_claimed_by_its_tier_those_above_and_supervisors(self, person: Person) -> None:
        assert may_claim(QUEUED, person) is ALLOW

    @pytest.mark.parametrize("person", [ADA, replace(BEN, tier=None)])
    def test_not_by_those_below_or_of_no_tier(self, person: Person) -> None:
        verdict = may_claim(QUEUED, person)
        assert code_of(verdict) == (Rule.L1, Code.WRONG_TIER)
        assert isinstance(verdict, Refuse)
        assert verdict.facts == {"tier": "T2", "your tier": str(person.tier)}

    @pytest.mark.parametrize("person", [*NOT_STAFF, ALEX, BRIDGE])
    def test_only_by_people_who_would_be_cover_for_the_guest(self, person: Person) -> None:
        assert code_of(may_claim(QUEUED, person)) == (Rule.S2, Code.STAFF_ONLY)

    @pytest.mark.parametrize("person", [BEN, CLEO, SAM])
    def test_a_claimed_issue_is_not_claimed_again_and_the_other_is_told_who_did(self, person: Person) -> None:
        verdict = may_claim(OPEN, person)
        assert code_of(verdict) == (Rule.L1, Code.ALREADY_CLAIMED)
        assert isinstance(verdict, Refuse)
        assert BEN.user_id in verdict.sentence
        assert verdict.facts["assignee"] == BEN.user_id

    def test_a_concluded_issue_is_not_claimed(self) -> None:
        assert code_of(may_claim(ENDED, BEN)) == (Rule.L1, Code.ISSUE_CONCLUDED)

    def test_after_a_claim_the_issue_is_open_and_its_assignee_has_the_next_word(self) -> None:
        assert claimed(QUEUED, BEN.user_id) == OPEN

    @pytest.mark.parametrize("issue", [OPEN, ENDED])
    def test_claiming_what_is_not_queued_is_an_error(self, issue: Issue) -> None:
        with pytest.raises(ImpossibleChange):
            claimed(issue, SAM.user_id)


class TestHandingOver:
    @pytest.mark.parametrize("actor", [BEN, SAM, ALEX])
    @pytest.mark.parametrize("to", [ADA, CLEO, SAM])
    def test_the_assignee_and_supervisors_hand_over_to_whoever_can_be_cover(self, actor: Person, to: Person) -> None:
        assert may_hand_over(OPEN, actor, to) is ALLOW

    @pytest.mark.parametrize("actor", [ADA, CLEO])
    def test_other_employees_do_not(self, actor: Person) -> None:
        verdict = may_hand_over(OPEN, actor, ADA)
        assert code_of(verdict) == (Rule.L1, Code.NOT_YOUR_ISSUE)
        assert isinstance(verdict, Refuse)
        assert verdict.facts == {"assignee": BEN.user_id}

    def test_an_issue_that_is_nobodys_is_not_theirs_either(self) -> None:
        verdict = may_hand_over(QUEUED, BEN, ADA)
        assert isinstance(verdict, Refuse)
        assert verdict.facts == {"assignee": "nobody"}

    @pytest.mark.parametrize("actor", NOT_STAFF)
    def test_nobody_else_does(self, actor: Person) -> None:
        assert code_of(may_hand_over(OPEN, actor, ADA)) == (Rule.S2, Code.STAFF_ONLY)

    @pytest.mark.parametrize("to", [*NOT_STAFF, ALEX, BRIDGE])
    def test_it_is_handed_to_nobody_who_could_not_be_cover(self, to: Person) -> None:
        verdict = may_hand_over(OPEN, BEN, to)
        assert code_of(verdict) == (Rule.S2, Code.STAFF_ONLY)
        assert isinstance(verdict, Refuse)
        assert to.user_id in verdict.sentence

    @pytest.mark.parametrize("issue", [QUEUED, ENDED])
    def test_only_an_open_issue_is_handed_over(self, issue: Issue) -> None:
        assert code_of(may_hand_over(issue, SAM, ADA)) == (Rule.L1, Code.ISSUE_NOT_OPEN)

    def test_afterwards_the_other_is_the_assignee_and_nothing_else_has_changed(self) -> None:
        assert handed_over(OPEN, ADA.user_id) == replace(OPEN, assignee=ADA.user_id)

    @pytest.mark.parametrize("issue", [QUEUED, ENDED])
    def test_handing_over_what_is_not_open_is_an_error(self, issue: Issue) -> None:
        with pytest.raises(ImpossibleChange):
            handed_over(issue, UserId("@x:y"))


class TestL2:
    """Each epoch that ended has exactly one conclusion."""

    @pytest.mark.parametrize("issue", [QUEUED, OPEN])
    @pytest.mark.parametrize("actor", [ADA, SAM, ALEX, BRIDGE])
    def test_staff_and_the_bridge_conclude_what_has_not_ended(self, actor: Person, issue: Issue) -> None:
        assert may_conclude(issue, actor) is ALLOW

    @pytest.mark.parametrize("actor", NOT_STAFF)
    def test_nobody_else_does(self, actor: Person) -> None:
        assert code_of(may_conclude(OPEN, actor)) == (Rule.S2, Code.STAFF_ONLY)

    def test_what_has_ended_does_not_end_again(self) -> None:
        assert code_of(may_conclude(ENDED, BEN)) == (Rule.L1, Code.ISSUE_CONCLUDED)
        with pytest.raises(ImpossibleChange):
            concluded(ENDED, Conclusion.UNRESOLVED)

    @pytest.mark.parametrize("issue", [QUEUED, OPEN])
    @pytest.mark.parametrize("conclusion", Conclusion)
    def test_the_end_has_one_conclusion_and_waits_for_nobody(self, conclusion: Conclusion, issue: Issue) -> None:
        after = concluded(issue, conclusion)
        assert after == replace(issue, status=Status.CONCLUDED, conclusion=conclusion, waiting_on=None)

    @pytest.mark.parametrize("issue", [QUEUED, OPEN])
    def test_an_epoch_that_goes_on_has_none(self, issue: Issue) -> None:
        assert issue.conclusion is None
        assert claimed(QUEUED, BEN.user_id).conclusion is None


class TestWriting:
    @pytest.mark.parametrize("issue", [QUEUED, OPEN])
    @pytest.mark.parametrize("person", [GINA, BOB, ADA, BRIDGE])
    def test_everybody_writes_before_the_end(self, person: Person, issue: Issue) -> None:
        assert may_write(issue, person) is ALLOW

    @pytest.mark.parametrize("person", [GINA, BOB])
    def test_a_guest_reads_afterwards_and_is_told_how_to_go_on(self, person: Person) -> None:
        verdict = may_write(ENDED, person)
        assert code_of(verdict) == (Rule.L1, Code.ISSUE_CONCLUDED)
        assert isinstance(verdict, Refuse)
        assert "Reopen it" in verdict.sentence

    @pytest.mark.parametrize("person", [ADA, BRIDGE])
    def test_staff_write_afterwards_too(self, person: Person) -> None:
        assert may_write(ENDED, person) is ALLOW

    def test_a_guest_of_whom_nothing_was_heard_may_still_write(self) -> None:
        assert may_write(replace(ENDED, conclusion=Conclusion.GUEST_DISENGAGED), GINA) is ALLOW

    @pytest.mark.parametrize("status", Status)
    def test_the_status_alone_gives_the_same_answer(self, status: Status) -> None:
        assert may_write_while(status, GINA) == may_write(replace(QUEUED, status=status), GINA)
