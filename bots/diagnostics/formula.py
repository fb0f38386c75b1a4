"""A formula, symbol by symbol: numbers, ``[field id]``, ``+ - * / ( )``, and where it goes wrong.

It is never evaluated, and no tree is built of it: what a check asks is which symbols follow each other. So outer
brackets stay what they are (``( a ) * ( b )`` is no bracket with ``a ) * ( b`` in it), and a minus in front of
something is a sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bots.diagnostics.values import shown


class Kind(StrEnum):
    """What a symbol is."""

    NUMBER = "number"
    FIELD = "field"
    OPERATOR = "operator"
    OPEN = "opening bracket"
    CLOSE = "closing bracket"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol, and where it begins, counted from 1. `written` of a field is its id."""

    kind: Kind
    written: str
    position: int


_SYMBOLS: Final = re.compile(
    r"(?P<number>\d+(?:\.\d*)?|\.\d+)|\[\s*(?P<field>\d+)\s*\]|(?P<operator>[-+*/])|(?P<open>\()|(?P<close>\))"
    r"|(?P<foreign>\S)",
    re.ASCII,
)
_KINDS: Final = {kind.name.lower(): kind for kind in Kind}


def parse_symbols(formula: str) -> Iterator[Symbol]:
    """The symbols of a formula, in order. What is none comes as `Kind.FOREIGN`, character by character."""
    for found in _SYMBOLS.finditer(formula):
        name = found.lastgroup or "foreign"
        yield Symbol(_KINDS[name], found[name], found.start() + 1)


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """What is wrong first, and where."""

    what: str
    position: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a formula shows at one reading."""

    fault: SyntaxFault | None = None
    divisors: tuple[Symbol, ...] = ()
    """The numbers and fields that something is divided by, signs passed over. What a bracket comes to is not judged."""
    subtracts: bool = False
    has_decimals: bool = False
    """Whether it divides, or has a number with decimals in it."""


LONGEST: Final = 50_000
"""Characters. Nobody writes a formula of that length, and no calculator takes one."""


def read_formula(formula: str) -> Reading:
    """All of it, symbol by symbol, once."""
    if len(formula) > LONGEST:
        return Reading(fault=SyntaxFault(f"it goes on for {len(formula):,} characters", LONGEST))
    syntax, divisors = _Syntax(), dict[tuple[Kind, str], Symbol]()
    after_division = subtracts = has_decimals = False
    for symbol in parse_symbols(formula):
        syntax.take(symbol)
        if symbol.kind in (Kind.NUMBER, Kind.FIELD):
            if after_division:
                divisors.setdefault((symbol.kind, symbol.written), symbol)
            after_division = False
            has_decimals = has_decimals or (symbol.kind is Kind.NUMBER and "." in symbol.written)
        elif symbol.kind is Kind.OPERATOR:
            after_division = symbol.written == "/" or (after_division and symbol.written in "+-")
            subtracts = subtracts or symbol.written == "-"
            has_decimals = has_decimals or symbol.written == "/"
        else:
            after_division = False
    return Reading(syntax.end(formula), tuple(divisors.values()), subtracts, has_decimals)


class _Syntax:
    """Takes the symbols one after the other, and remembers the first that no calculator would take."""

    def __init__(self) -> None:
        self._fault: SyntaxFault | None = None
        self._open_brackets: list[int] = []
        self._wants_operand = True
        self._had_sign = False

    def take(self, symbol: Symbol) -> None:
        if self._fault is None and (what := self._judge(symbol)):
            self._fault = SyntaxFault(what, symbol.position)

    def end(self, formula: str) -> SyntaxFault | None:
        if self._fault is None and self._wants_operand and formula.strip():
            return SyntaxFault("a value is missing at the end", len(formula.rstrip()) + 1)
        if self._fault is None and self._open_brackets:
            return SyntaxFault("this bracket is never closed", self._open_brackets[-1])
        return self._fault

    def _judge(self, symbol: Symbol) -> str | None:
        match symbol.kind:
            case Kind.FOREIGN:
                foreign = f"“{shown(symbol.written)}”" if shown(symbol.written) else "an invisible character"
                return f"{foreign} is not part of a formula"
            case Kind.NUMBER | Kind.FIELD | Kind.OPEN if not self._wants_operand:
                return "an operator is missing before this"
            case Kind.OPEN:
                self._open_brackets.append(symbol.position)
                self._had_sign = False
            case Kind.NUMBER | Kind.FIELD:
                self._wants_operand, self._had_sign = False, False
            case Kind.CLOSE if self._wants_operand:
                return "a value is missing before this bracket"
            case Kind.CLOSE:
                if not self._open_brackets:
                    return "this bracket was never opened"
                self._open_brackets.pop()
            case Kind.OPERATOR if self._wants_operand:
                if symbol.written not in "+-" or self._had_sign:
                    return "a value is missing before this operator"
                self._had_sign = True
            case Kind.OPERATOR:
                self._wants_operand = True
        return None
