"""What a formula comes to, for values that are known.

Only for comparing with what was stored: the vendor's engine is the sole truth, so whatever is not plain (a division by
zero, a value that is no number, a formula that cannot be read) has no result here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from bots.diagnostics.formula import Kind, Symbol, parse_symbols, read_formula

MOST_SYMBOLS: Final = 5_000
_RANK: Final = {"+": 1, "-": 1, "*": 2, "/": 2, "sign": 3}


def compute(formula: str, value_of: Callable[[str], float | None]) -> float | None:
    """The result; None if there is none that can be relied on. `value_of` gives the number of a field."""
    if not formula.strip() or read_formula(formula).fault is not None:
        return None
    symbols = list(parse_symbols(formula))
    if len(symbols) > MOST_SYMBOLS:
        return None
    try:
        result = _Machine(value_of).run(symbols)
    except (_Unknown, ZeroDivisionError, OverflowError):
        return None
    return result if math.isfinite(result) else None


class _Unknown(Exception):
    """A value that the formula reads is not known."""


class _Machine:
    """Two stacks, so that brackets may stand in brackets as deep as they like. The syntax was read before."""

    def __init__(self, value_of: Callable[[str], float | None]) -> None:
        self._value_of = value_of
        self._values: list[float] = []
        self._waiting: list[str] = []

    def run(self, symbols: list[Symbol]) -> float:
        wants_operand = True
        for symbol in symbols:
            match symbol.kind:
                case Kind.NUMBER:
                    self._values.append(float(symbol.written))
                    wants_operand = False
                case Kind.FIELD:
                    value = self._value_of(symbol.written)
                    if value is None:
                        raise _Unknown
                    self._values.append(value)
                    wants_operand = False
                case Kind.OPEN:
                    self._waiting.append("(")
                case Kind.CLOSE:
                    self._settle(0)
                    self._waiting.pop()
                case _ if wants_operand:
                    self._waiting.append("sign" if symbol.written == "-" else "plus")
                case _:
                    self._settle(_RANK[symbol.written])
                    self._waiting.append(symbol.written)
                    wants_operand = True
        self._settle(0)
        return self._values[-1]

    def _settle(self, rank: int) -> None:
        while self._waiting and self._waiting[-1] != "(" and _RANK.get(self._waiting[-1], 3) >= rank:
            self._apply(self._waiting.pop())

    def _apply(self, operator: str) -> None:
        if operator == "plus":
            return
        right = self._values.pop()
        if operator == "sign":
            self._values.append(-right)
            return
        left = self._values.pop()
        match operator:
            case "+":
                self._values.append(left + right)
            case "-":
                self._values.append(left - right)
            case "*":
                self._values.append(left * right)
            case _:
                self._values.append(left / right)
