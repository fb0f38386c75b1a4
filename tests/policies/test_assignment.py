"""Who is given an issue: by the fewest open ones, or in turn, and never beyond what they may hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.assignment import Floor, Routing, decide_assignee, may_take_more
from policies.names import Code, Role, ServerName, Tier, UserId
from policies.outcomes import ALLOW, Refuse
from policies.people import Directory, Person
from tests.builders.people import ADA, BOT, SAM, SERVER

PEOPLE = [
    Person(UserId(f"@{name}:{SERVER}"), Role.EMPLOYEE, tier)
    for name, tier in [("abe", Tier.T1), ("bea", Tier.T1), ("cal", Tier.T1), ("dee", Tier.T2)]
]
ABE, BEA, CAL, DEE = (person.user_id for person in PEOPLE)
TEAM = Directory(BOT, SERVER, {person.user_id: person for person in (*PEOPLE, SAM)})
AUTOMATIC = [Routing.LEAST_LOADED, Routing.ROUND_ROBIN]


def test_by_hand_nobody_is_given_anything() -> None:
    assert decide_assignee(Routing.MANUAL, TEAM, Tier.T1, Floor(), None) is None


@pytest.mark.parametrize("routing", AUTOMATIC)
class TestWhoIsMeant:
    def test_nobody_of_another_tier_and_no_supervisor(self, routing: Routing) -> None:
        assert decide_assignee(routing, TEAM, Tier.T2, Floor(), None) == DEE
        assert decide_assignee(routing, TEAM, Tier.T3, Floor(), None) is None

    def test_nobody_who_is_off_duty(self, routing: Routing) -> None:
        assert decide_assignee(routing, TEAM, Tier.T1, Floor(off_duty={ABE, BEA}), None) == CAL
        assert decide_assignee(routing, TEAM, Tier.T1, Floor(off_duty={ABE, BEA, CAL}), None) is None

    def test_nobody_who_holds_as_many_as_they_may(self, routing: Routing) -> None:
        floor = Floor(holds={ABE: 2, BEA: 2, CAL: 2}, capacities={BEA: 3}, capacity=2)
        assert decide_assignee(routing, TEAM, Tier.T1, floor, None) == BEA
        assert decide_assignee(routing, TEAM, Tier.T1, replace(floor, capacities={}), None) is None

    def test_nobody_of_another_server(self, routing: Routing) -> None:
        moved = replace(TEAM, server_name=ServerName("elsewhere"))
        assert decide_assignee(routing, moved, Tier.T1, Floor(), None) is None

    @given(
        off=st.sets(st.sampled_from([ABE, BEA, CAL])),
        holds=st.dictionaries(st.sampled_from([ABE, BEA, CAL]), st.integers(0, 5)),
        capacity=st.none() | st.integers(0, 5),
        last=st.none() | st.sampled_from([ABE, BEA, CAL, UserId("@gone:x")]),
    )
    def test_whoever_is_free_is_found_and_nobody_else(
        self, routing: Routing, off: set[UserId], holds: dict[UserId, int], capacity: int | None, last: UserId | None
    ) -> None:
        floor = Floor(off, holds, {}, capacity)
        free = {u for u in (ABE, BEA, CAL) if u not in off and (capacity is None or holds.get(u, 0) < capacity)}
        found = decide_assignee(routing, TEAM, Tier.T1, floor, last)
        assert (found in free) if free else (found is None)


class TestTurns:
    def test_everybody_has_their_turn(self) -> None:
        last, given_to = None, []
        for _ in range(6):
            last = decide_assignee(Routing.ROUND_ROBIN, TEAM, Tier.T1, Floor(), last)
            given_to.append(last)
        assert given_to == [ABE, BEA, CAL, ABE, BEA, CAL]

    def test_the_turn_goes_on_from_somebody_who_left(self) -> None:
        gone = UserId(f"@abel:{SERVER}")
        assert decide_assignee(Routing.ROUND_ROBIN, TEAM, Tier.T1, Floor(), gone) == BEA

    def test_load_does_not_change_the_turn(self) -> None:
        assert decide_assignee(Routing.ROUND_ROBIN, TEAM, Tier.T1, Floor(holds={BEA: 9}), ABE) == BEA


class TestLoad:
    def test_whoever_has_the_fewest_is_next(self) -> None:
        floor = Floor(holds={ABE: 2, BEA: 1, CAL: 3})
        assert decide_assignee(Routing.LEAST_LOADED, TEAM, Tier.T1, floor, None) == BEA

    def test_among_equals_it_goes_by_turns(self) -> None:
        assert decide_assignee(Routing.LEAST_LOADED, TEAM, Tier.T1, Floor(), ABE) == BEA


class TestCapacity:
    def test_one_more_than_that_is_refused_with_what_would_help(self) -> None:
        verdict = may_take_more(ADA, 2, 2)
        assert isinstance(verdict, Refuse)
        assert verdict.code is Code.AT_CAPACITY
        assert verdict.facts == {"open issues": "2", "capacity": "2"}

    def test_below_it_and_without_one_it_is_allowed(self) -> None:
        assert may_take_more(ADA, 1, 2) is ALLOW
        assert may_take_more(ADA, 99, None) is ALLOW

    def test_a_supervisor_is_never_limited(self) -> None:
        assert may_take_more(SAM, 99, 0) is ALLOW
        assert not Floor(holds={SAM.user_id: 99}, capacity=0).is_full(SAM)
