from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.diagnostics.formula import LONGEST, Kind, SyntaxFault, parse_symbols, read_formula


def find_syntax_fault(formula: str) -> SyntaxFault | None:
    return read_formula(formula).fault


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "  ",
        "5",
        "[1]",
        "[ 12 ]+[3]",
        "( [1] * 2 ) * ( [3] - 0.5 )",
        "-[1]",
        "- ( [1] )",
        "[1] - -2",
        "[1] * -2",
        "+.5",
        "((((1))))",
        "(" * 5000 + "1" + ")" * 5000,
    ],
)
def test_a_formula_that_can_be_read_has_no_fault(formula: str) -> None:
    assert find_syntax_fault(formula) is None


@pytest.mark.parametrize(
    ("formula", "what", "position"),
    [
        ("[1] +", "a value is missing at the end", 6),
        ("* 2", "a value is missing before this operator", 1),
        ("1 + * 2", "a value is missing before this operator", 5),
        ("1 - - - 2", "a value is missing before this operator", 7),
        ("1 2", "an operator is missing before this", 3),
        ("[1][2]", "an operator is missing before this", 4),
        ("2 ( 3 )", "an operator is missing before this", 3),
        ("( 1 ) ( 2 )", "an operator is missing before this", 7),
        ("( 1", "this bracket is never closed", 1),
        ("1 )", "this bracket was never opened", 3),
        ("( )", "a value is missing before this bracket", 3),
        ("[x]", "“[” is not part of a formula", 1),
        ("1 ^ 2", "“^” is not part of a formula", 3),
        ("1,5", "“,” is not part of a formula", 2),
        ("٣", "“٣” is not part of a formula", 1),
        ("1\u200b", "an invisible character is not part of a formula", 2),
    ],
)
def test_the_first_fault_is_told_with_its_place(formula: str, what: str, position: int) -> None:
    fault = find_syntax_fault(formula)
    assert fault is not None
    assert (fault.what, fault.position) == (what, position)


def test_symbols_know_what_they_are() -> None:
    assert [(s.kind, s.written) for s in parse_symbols("( [ 7 ] / 1.5 )")] == [
        (Kind.OPEN, "("),
        (Kind.FIELD, "7"),
        (Kind.OPERATOR, "/"),
        (Kind.NUMBER, "1.5"),
        (Kind.CLOSE, ")"),
    ]


@pytest.mark.parametrize(
    ("formula", "divisors"),
    [("1 / [2]", ["2"]), ("1 / -0 / [3]", ["0", "3"]), ("1 / ( [2] )", []), ("[1] * 2", []), ("[1] / 2 + 3", ["2"])],
)
def test_what_is_divided_by_is_known_without_looking_into_brackets(formula: str, divisors: list[str]) -> None:
    assert [symbol.written for symbol in read_formula(formula).divisors] == divisors


@given(
    st.recursive(
        st.sampled_from(["1", "0.5", "[7]"]),
        lambda inner: st.builds("( {} {} {} )".format, inner, st.sampled_from("+-*/"), inner),
    )
)
def test_whatever_is_built_by_the_rules_can_be_read(formula: str) -> None:
    assert find_syntax_fault(formula) is None
    assert find_syntax_fault(formula + " +") is not None
    assert find_syntax_fault("( " + formula) is not None


@given(st.text(alphabet="[]()+-*/. 017x", max_size=30))
def test_any_text_has_a_fault_or_none(formula: str) -> None:
    find_syntax_fault(formula)


def test_a_formula_that_nobody_wrote_is_not_read_to_its_end() -> None:
    fault = find_syntax_fault("(" * (LONGEST + 1))
    assert fault is not None
    assert "50,001 characters" in fault.what
