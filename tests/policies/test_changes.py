"""Who may change who somebody is, and in which order the world follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.actions import Action, AwaitRelief, EndSessions, KeepAccount, ListPerson, Seat, TakeOut
from policies.changes import decide_on_change, decide_on_coming, is_relieved, may_change_person
from policies.names import Code, Role, Standing, Tier
from policies.outcomes import Refuse
from policies.people import Person
from tests.builders.people import ADA, ALEX, BEN, DIAGNOSTICS, GINA, LUNA, SAM, suspended

PROMOTED = replace(ADA, tier=Tier.T2)
TO_ADMIN = replace(ADA, role=Role.ADMIN, tier=None)


def kinds(actions: tuple[Action, ...]) -> list[str]:
    return [action.kind for action in actions]


class TestWhoMay:
    def test_s2_an_admin_changes_others(self) -> None:
        for before, after in (
            (ADA, suspended(ADA)),
            (suspended(ADA), ADA),
            (ADA, PROMOTED),
            (ADA, TO_ADMIN),
            (SAM, replace(SAM, role=Role.EMPLOYEE, tier=Tier.T3)),
            (DIAGNOSTICS, suspended(DIAGNOSTICS)),
            (GINA, suspended(GINA)),
        ):
            assert may_change_person(ALEX, before, after)

    @pytest.mark.parametrize("actor", [GINA, ADA, SAM, DIAGNOSTICS, suspended(ALEX)])
    def test_s2_nobody_else_does(self, actor: Person) -> None:
        verdict = may_change_person(actor, BEN, suspended(BEN))
        assert isinstance(verdict, Refuse)
        assert verdict.code is Code.NOT_PERMITTED

    def test_s2_an_admin_does_not_change_themselves(self) -> None:
        assert not may_change_person(ALEX, ALEX, suspended(ALEX))

    @pytest.mark.parametrize(
        ("before", "role"),
        [(GINA, Role.ADMIN), (ADA, Role.GUEST), (DIAGNOSTICS, Role.SUPERVISOR), (ADA, Role.ROBOT), (ADA, Role.BRIDGE)],
    )
    def test_s2_guests_and_robots_stay_what_they_are_and_nobody_becomes_one(self, before: Person, role: Role) -> None:
        assert not may_change_person(ALEX, before, replace(before, role=role, tier=None))

    def test_every_employee_has_a_tier_and_nobody_else_has(self) -> None:
        assert not may_change_person(ALEX, ADA, replace(ADA, tier=None))
        assert not may_change_person(ALEX, SAM, replace(SAM, tier=Tier.T1))


class TestSuspension:
    ACTIONS = decide_on_change(ADA, suspended(ADA))

    def test_their_sessions_end_first_of_all(self) -> None:
        assert self.ACTIONS[0] == EndSessions(ADA.user_id)

    def test_g3_somebody_else_is_there_before_they_are_taken_out_listed_as_suspended_or_locked(self) -> None:
        relief = self.ACTIONS.index(AwaitRelief(ADA.user_id))
        for action in (TakeOut(ADA.user_id), ListPerson(suspended(ADA)), KeepAccount(ADA.user_id, locked=True)):
            assert relief < self.ACTIONS.index(action)

    def test_s2_they_are_out_of_every_room_before_the_directory_says_so_and_looked_for_once_more_after(self) -> None:
        assert kinds(self.ACTIONS)[2:5] == ["take out", "list person", "take out"]

    def test_the_account_is_locked_last_as_a_locked_one_is_no_cover(self) -> None:
        assert self.ACTIONS[-1] == KeepAccount(ADA.user_id, locked=True)

    def test_a_robot_or_an_admin_is_nobodys_cover_and_leaves_at_once(self) -> None:
        for person in (DIAGNOSTICS, ALEX):
            assert "await relief" not in kinds(decide_on_change(person, suspended(person)))

    def test_a_guest_is_in_no_directory_and_is_taken_out_of_their_room(self) -> None:
        assert decide_on_change(GINA, suspended(GINA)) == (TakeOut(GINA.user_id),)
        assert decide_on_change(suspended(GINA), GINA) == ()


class TestOtherChanges:
    def test_who_comes_back_has_an_account_then_a_name_in_the_directory_then_a_seat(self) -> None:
        assert kinds(decide_on_change(suspended(ADA), ADA)) == ["keep account", "list person", "seat"]

    def test_a_promotion_ends_no_session_and_needs_no_relief(self) -> None:
        assert decide_on_change(ADA, PROMOTED) == (
            KeepAccount(ADA.user_id, locked=False),
            ListPerson(PROMOTED),
            Seat(ADA.user_id),
        )

    def test_g3_an_employee_becomes_an_admin_only_once_somebody_else_is_there(self) -> None:
        assert is_relieved(ADA, TO_ADMIN)
        assert decide_on_change(ADA, TO_ADMIN)[0] == AwaitRelief(ADA.user_id)

    def test_what_changes_of_somebody_who_is_suspended_is_listed(self) -> None:
        before, after = suspended(ADA), replace(PROMOTED, standing=Standing.SUSPENDED)
        assert decide_on_change(before, after) == (KeepAccount(ADA.user_id, locked=True), ListPerson(after))

    def test_a_newcomer_is_listed_and_seated_and_a_guest_is_not(self) -> None:
        assert kinds(decide_on_coming(ADA)) == ["keep account", "list person", "seat"]
        assert kinds(decide_on_coming(LUNA)) == ["keep account", "list person"]
        assert decide_on_coming(GINA) == ()
