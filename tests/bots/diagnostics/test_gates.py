"""Gates against brute force: over small forms every combination of answers is tried."""

from __future__ import annotations

from itertools import chain, combinations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.diagnostics.block import Conditional
from bots.diagnostics.form import Form
from bots.diagnostics.gates import Gate, Literal, build_gate, can_open, find_clash, never_closes
from bots.diagnostics.values import number
from tests.builders.forms import Raw, asks, build_form, checkbox, hidden_if, radio, shown_if, text
from tests.builders.forms import number as number_field

Answer = str | frozenset[str]

RADIO, TICKS, COUNT, SIZE = 1, 2, 3, 4
SIZES = ("", "1", "2", "2.0", "5")
FIELDS = (radio(RADIO, "a", "b"), checkbox(TICKS, "x", "y"), number_field(COUNT), radio(SIZE, *SIZES[1:]))
TICKED = [frozenset(s) for s in chain.from_iterable(combinations(("x", "y"), n) for n in range(3))]
WORLDS: list[dict[str, Answer]] = [
    {"1": one, "2": two, "3": three, "4": four}
    for one, two, three, four in product(
        ("", "a", "b"), TICKED, ("", "-1", "0", "0.5", "1", "1.5", "2", "2.5", "3", "4"), SIZES
    )
]


def holds(literal: Literal, world: dict[str, Answer]) -> bool:
    """What a check means, written a second time and as plainly as can be."""
    answer = world[literal.target]
    if isinstance(answer, frozenset):
        equal = literal.option in answer if literal.option else not answer
    elif literal.target == str(COUNT) and number(answer) is not None and number(literal.option) is not None:
        equal = number(answer) == number(literal.option)
    else:
        equal = answer == literal.option
    ours, theirs = number(answer) if isinstance(answer, str) else None, number(literal.option)
    both = ours is not None and theirs is not None
    result = {
        "equals": equal,
        "notequals": not equal,
        "greaterthan": both and ours > theirs,  # type: ignore[operator]  # both are numbers
        "lessthan": both and ours < theirs,  # type: ignore[operator]  # both are numbers
    }[literal.operator]
    return result is literal.holds


def opens(gate: Gate, world: dict[str, Answer]) -> bool:
    join = all if gate.joined_by is Conditional.ALL else any
    return join(holds(literal, world) for literal in gate.literals)


CHECKS = st.one_of(
    st.builds(asks, st.just(RADIO), st.sampled_from(["a", "b", ""]), st.sampled_from(["equals", "notequals"])),
    st.builds(asks, st.just(TICKS), st.sampled_from(["x", "y", ""]), st.sampled_from(["equals", "notequals"])),
    st.builds(
        asks,
        st.just(COUNT),
        st.sampled_from([0, 1, 2, 3]),
        st.sampled_from(["equals", "notequals", "greaterthan", "lessthan"]),
    ),
    st.builds(
        asks,
        st.just(SIZE),
        st.sampled_from(["1", "2", "2.0", "5", ""]),
        st.sampled_from(["equals", "notequals"]),
    ),
    st.builds(asks, st.just(SIZE), st.sampled_from([0, 1, 2, 3, 5]), st.sampled_from(["greaterthan", "lessthan"])),
)
BLOCKS: st.SearchStrategy[Raw] = st.builds(
    lambda build, conditional, checks: build(*checks, conditional=conditional),
    st.sampled_from([shown_if, hidden_if]),
    st.sampled_from(["all", "any"]),
    st.lists(CHECKS, min_size=1, max_size=4),
)


def gate_of(form: Form, field_id: str) -> Gate:
    gate = build_gate(form.by_id[field_id].logic, form)
    assert gate is not None
    return gate


@given(BLOCKS, BLOCKS)
def test_two_gates_open_together_exactly_if_some_answers_open_both(one: Raw, other: Raw) -> None:
    form = build_form(*FIELDS, text(8, logic=one), text(9, logic=other))
    gates = [gate_of(form, "8"), gate_of(form, "9")]
    assert can_open(gates, form) == any(all(opens(gate, world) for gate in gates) for world in WORLDS)


@given(BLOCKS)
def test_a_gate_never_closes_exactly_if_all_answers_open_it(block: Raw) -> None:
    form = build_form(*FIELDS, text(9, logic=block))
    gate = gate_of(form, "9")
    assert never_closes(gate, form) == all(opens(gate, world) for world in WORLDS)


@given(BLOCKS)
def test_a_clash_is_one_that_no_answers_avoid(block: Raw) -> None:
    form = build_form(*FIELDS, text(9, logic=block))
    clash = find_clash([gate_of(form, "9")], form)
    assert not clash or not any(all(holds(literal, world) for literal in clash) for world in WORLDS)


def opens_with(target: Raw, *checks: Any, conditional: str = "all") -> bool:
    form = build_form(target, text(9, logic=shown_if(*checks, conditional=conditional)))
    return can_open([gate_of(form, "9")], form)


class TestWhatCannotBeJudged:
    @pytest.mark.parametrize(
        "target",
        [
            {"id": 1, "type": "datetime"},
            {"id": 1, "type": "address"},
            {"id": 1, "type": "product"},
            {"id": 1, "type": "section"},
            {"id": 1, "type": "nonsense"},
        ],
    )
    def test_it_counts_as_able_to_hold(self, target: Raw) -> None:
        assert opens_with(target, asks(1, "a"), asks(1, "b"))

    def test_an_option_that_is_not_there_is_left_to_its_own_check(self) -> None:
        assert opens_with(radio(1, "a"), asks(1, "gone"), asks(1, "gone too"))

    def test_a_deleted_field_is_left_to_its_own_check(self) -> None:
        assert opens_with(radio(1, "a"), asks(99, "x"), asks(99, "y"))

    def test_it_never_makes_a_block_always_true(self) -> None:
        form = build_form(radio(1, "a", "b"), text(9, logic=shown_if(asks(99), conditional="any")))
        assert not never_closes(gate_of(form, "9"), form)


def test_a_text_may_be_written_in_other_capitals() -> None:
    assert opens_with(text(1), asks(1, "Yes"), asks(1, "yes"))
    assert not opens_with(text(1), asks(1, "Yes"), asks(1, "No"))


def test_a_field_that_takes_other_answers_can_hold_any() -> None:
    assert opens_with(radio(1, "a", option_other=1), asks(1, "a", "notequals"), asks(1, "", "notequals"))
    assert not opens_with(radio(1, "a"), asks(1, "a", "notequals"), asks(1, "", "notequals"))


def test_logic_that_cannot_be_understood_is_no_gate() -> None:
    form = build_form(radio(1, "a"), text(9, logic=shown_if(asks(1, "a"), conditional="most")))
    assert build_gate(form.by_id["9"].logic, form) is None


def test_what_would_take_too_long_counts_as_able_to_hold() -> None:
    many = [asks(1, n, "notequals") for n in range(2000)]
    assert opens_with(radio(1, *range(2000)), *many, asks(1, "", "notequals"))
