"""Who could be cover in somebody's place, best first."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.issue import Wanted
from policies.names import Tier, UserId
from policies.people import Person
from policies.routing import decide_call, decide_cover
from tests.builders.people import (
    ADA,
    ALEX,
    BEN,
    CLEO,
    DIAGNOSTICS,
    ELSEWHERE,
    SAM,
    directory,
    employee,
    supervisor,
    suspended,
)

ABE = employee("abe", Tier.T1)
TESS = supervisor("tess")
TEAM = (ABE, ADA, BEN, CLEO, SAM, TESS)
UNFIT: tuple[Person, ...] = (ALEX, DIAGNOSTICS, suspended(employee("gone")), employee("far", server=ELSEWHERE))


def ids(people: Sequence[Person]) -> tuple[UserId, ...]:
    return tuple(person.user_id for person in people)


def candidates(
    tier: Tier = Tier.T1,
    on_duty: Sequence[Person] = TEAM,
    busy: dict[Person, int] | None = None,
    besides: Sequence[Person] = (),
) -> tuple[UserId, ...]:
    counts = {person.user_id: count for person, count in (busy or {}).items()}
    return decide_cover(directory(*TEAM, *UNFIT), tier, ids(on_duty), counts, ids(besides))


def test_the_same_tier_comes_first_then_those_above_then_supervisors() -> None:
    assert candidates() == ids([ABE, ADA, BEN, CLEO, SAM, TESS])


def test_nobody_of_a_lower_tier_is_called() -> None:
    assert candidates(Tier.T2) == ids([BEN, CLEO, SAM, TESS])
    assert candidates(Tier.T3) == ids([CLEO, SAM, TESS])


def test_an_employee_without_a_tier_is_of_no_tier_high_enough() -> None:
    newcomer = Person(UserId("@new:localhost"), ADA.role)
    assert decide_cover(directory(newcomer), Tier.T1, [newcomer.user_id], {}) == ()


def test_only_those_on_duty_are_called() -> None:
    assert candidates(on_duty=[SAM, BEN]) == ids([BEN, SAM])


def test_the_less_busy_of_one_rank_come_first() -> None:
    assert candidates(busy={ABE: 2, ADA: 1, SAM: 3}) == ids([ADA, ABE, BEN, CLEO, TESS, SAM])


def test_who_is_not_known_to_be_busy_holds_nothing() -> None:
    assert candidates(busy={ABE: 1})[:2] == ids([ADA, ABE])


def test_rank_comes_before_load() -> None:
    assert candidates(busy={ABE: 9, ADA: 9})[:2] == ids([ABE, ADA])


def test_whoever_leaves_or_is_there_already_is_not_meant() -> None:
    assert candidates(besides=[ADA, BEN]) == ids([ABE, CLEO, SAM, TESS])


@pytest.mark.parametrize("person", UNFIT, ids=lambda p: p.user_id)
def test_whoever_is_no_cover_is_not_called(person: Person) -> None:
    assert candidates(on_duty=[person]) == ()


def test_where_nobody_can_be_found_the_answer_is_empty() -> None:
    assert candidates(on_duty=[]) == ()


@given(
    tier=st.sampled_from(Tier),
    on_duty=st.lists(st.sampled_from([*TEAM, *UNFIT])),
    busy=st.dictionaries(st.sampled_from(TEAM), st.integers(0, 5)),
)
def test_the_choice_repeats_and_names_nobody_twice(tier: Tier, on_duty: list[Person], busy: dict[Person, int]) -> None:
    chosen = candidates(tier, on_duty, busy)
    assert chosen == candidates(tier, [*reversed(on_duty)], busy)
    assert len(chosen) == len(set(chosen))


def called(
    tier: Tier = Tier.T2,
    wanted: Wanted = Wanted.TIER,
    on_duty: Sequence[Person] = TEAM,
    busy: dict[Person, int] | None = None,
    besides: Sequence[Person] = (),
) -> list[UserId]:
    """Whom an escalated issue calls in."""
    chosen = decide_call(
        directory(*TEAM, *UNFIT),
        tier,
        wanted,
        {p.user_id for p in on_duty},
        {p.user_id: count for p, count in (busy or {}).items()},
        {p.user_id for p in besides},
    )
    return list(chosen)


class TestCalling:
    def test_everybody_of_the_tier_and_nobody_else(self) -> None:
        assert called(Tier.T1, busy={ADA: 2}) == [ABE.user_id, ADA.user_id]
        assert called() == [BEN.user_id]

    def test_where_nobody_of_it_is_on_duty_the_next_one_up_and_at_last_the_supervisors(self) -> None:
        assert called(on_duty=[ADA, CLEO, SAM]) == [CLEO.user_id]
        assert called(on_duty=[ADA, SAM, TESS]) == [SAM.user_id, TESS.user_id]
        assert called(on_duty=[ADA]) == []

    def test_where_a_supervisor_is_wanted_nobody_else_is_called(self) -> None:
        assert called(Tier.T3, Wanted.SUPERVISOR) == [SAM.user_id, TESS.user_id]
        assert called(Tier.T3, Wanted.SUPERVISOR, on_duty=[CLEO]) == []

    def test_not_whoever_answers_for_it_nor_anybody_who_is_no_cover(self) -> None:
        assert called(besides=[BEN]) == [CLEO.user_id]
        assert called(on_duty=UNFIT) == []
