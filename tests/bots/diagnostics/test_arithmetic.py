from __future__ import annotations

import ast
import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.diagnostics.arithmetic import compute

VALUES = {"1": 7.0, "2": 0.0}


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("[1]", 7),
        ("2 + 3 * 4", 14),
        ("( 2 + 3 ) * 4", 20),
        ("( 1 + 2 ) * ( 3 + 4 )", 21),
        ("10 - 3 - 2", 5),
        ("8 / 4 / 2", 1),
        ("- [1] + 10", 3),
        ("2 * - 3", -6),
        ("2 - - 3", 5),
        ("+ 3", 3),
        ("- ( 2 + 3 ) * 2", -10),
        ("[1] / [2]", None),
        ("[3]", None),
        ("", None),
        ("2 +", None),
        ("(" * 10_000 + "1" + ")" * 10_000, None),
        ("9" * 400 + " * 10", None),
    ],
)
def test_a_formula_comes_to_its_result(formula: str, result: float | None) -> None:
    assert compute(formula, VALUES.get) == result


OPERATORS: dict[Any, Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def evaluate(node: Any) -> float:
    if isinstance(node, ast.BinOp):
        result: float = OPERATORS[type(node.op)](evaluate(node.left), evaluate(node.right))
        return result
    if isinstance(node, ast.UnaryOp):
        return -evaluate(node.operand)
    return float(node.value)


formulas: st.SearchStrategy[str] = st.recursive(
    st.integers(0, 99).map(str),
    lambda inner: (
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(" ".join)
        | inner.map("( {} )".format)
        | inner.map("- ( {} )".format)
    ),
    max_leaves=12,
)


@given(formulas)
def test_any_formula_comes_to_what_python_says(formula: str) -> None:
    expected: float | None
    try:
        expected = evaluate(ast.parse(formula, mode="eval").body)
    except (ZeroDivisionError, OverflowError):
        expected = None
    assert compute(formula, VALUES.get) == (pytest.approx(expected) if expected is not None else None)
