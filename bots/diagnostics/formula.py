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


def find_syntax_fault(formula: str) -> SyntaxFault | None:
    """The first thing that no calculator would take; None if there is none."""
    open_brackets: list[int] = []
    wants_operand, had_sign = True, False
    for symbol in parse_symbols(formula):
        match symbol.kind:
            case Kind.FOREIGN:
                foreign = f"“{shown(symbol.written)}”" if shown(symbol.written) else "an invisible character"
                return SyntaxFault(f"{foreign} is not part of a formula", symbol.position)
            case Kind.NUMBER | Kind.FIELD | Kind.OPEN if not wants_operand:
                return SyntaxFault("an operator is missing before this", symbol.position)
            case Kind.OPEN:
                open_brackets.append(symbol.position)
                had_sign = False
            case Kind.NUMBER | Kind.FIELD:
                wants_operand, had_sign = False, False
            case Kind.CLOSE if wants_operand:
                return SyntaxFault("a value is missing before this bracket", symbol.position)
            case Kind.CLOSE:
                if not open_brackets:
                    return SyntaxFault("this bracket was never opened", symbol.position)
                open_brackets.pop()
            case Kind.OPERATOR if wants_operand:
                if symbol.written not in "+-" or had_sign:
                    return SyntaxFault("a value is missing before this operator", symbol.position)
                had_sign = True
            case Kind.OPERATOR:
                wants_operand = True
    if wants_operand and formula.strip():
        return SyntaxFault("a value is missing at the end", len(formula.rstrip()) + 1)
    if open_brackets:
        return SyntaxFault("this bracket is never closed", open_brackets[-1])
    return None


def find_divisors(formula: str) -> Iterator[Symbol]:
    """The numbers and fields that something is divided by, signs passed over. What a bracket comes to is not judged."""
    after_division = False
    for symbol in parse_symbols(formula):
        if symbol.kind in (Kind.NUMBER, Kind.FIELD):
            if after_division:
                yield symbol
            after_division = False
        elif symbol.kind is Kind.OPERATOR:
            after_division = symbol.written == "/" or (after_division and symbol.written in "+-")
        elif symbol.kind is Kind.OPEN:
            after_division = False
