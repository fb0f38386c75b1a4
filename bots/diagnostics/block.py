"""A block of logic: what a field, an e-mail or a webhook asks before it shows or is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from bots.diagnostics.values import identifier, is_nothing, shown, text


class Action(StrEnum):
    """What a block does when its checks hold. For e-mails and webhooks "show" means: do it."""

    SHOW = "show"
    HIDE = "hide"


class Conditional(StrEnum):
    """How the checks of a block are joined."""

    ALL = "all"
    ANY = "any"


class Operator(StrEnum):
    """The conditions that API v2 documents."""

    EQUALS = "equals"
    NOT_EQUALS = "notequals"
    GREATER_THAN = "greaterthan"
    LESS_THAN = "lessthan"


@dataclass(frozen=True, slots=True)
class LogicCheck:
    """One comparison of a block. `operator` is None where the condition is not one that we know."""

    target: str
    operator: Operator | None
    condition: str
    option: str


@dataclass(frozen=True, slots=True)
class Logic:
    """One block of logic. `faults` are sentences about what in it could not be understood."""

    action: Action | None
    conditional: Conditional | None
    checks: tuple[LogicCheck, ...]
    faults: tuple[str, ...] = ()

    def targets(self) -> tuple[str, ...]:
        """The fields asked about, each once, in order; without the checks that name none."""
        return tuple(dict.fromkeys(check.target for check in self.checks if check.target))


_ACTIONS: Final = {action.value: action for action in Action}
_CONDITIONALS: Final = {conditional.value: conditional for conditional in Conditional} | {
    "and": Conditional.ALL,
    "or": Conditional.ANY,
}
_OPERATORS: Final = {operator.value: operator for operator in Operator} | {
    # As the newer API (v2025) writes them when it is read.
    "==": Operator.EQUALS,
    "!=": Operator.NOT_EQUALS,
    ">": Operator.GREATER_THAN,
    "<": Operator.LESS_THAN,
}


def parse_logic(value: Any) -> Logic | None:
    """A block of logic; None for any of the shapes that say there is none."""
    if is_nothing(value):
        return None
    if not isinstance(value, dict):
        return Logic(None, None, (), ("it is no object with checks",))
    faults: list[str] = []
    action = _one_of(value, ("action",), _ACTIONS, faults)
    conditional = _one_of(value, ("conditional", "operator"), _CONDITIONALS, faults)
    raw_checks = value.get("checks", value.get("fields"))
    checks: list[LogicCheck] = []
    if isinstance(raw_checks, list):
        for raw in raw_checks:
            if isinstance(raw, dict):
                checks.append(_parse_check(raw))
            else:
                faults.append("one of its checks is no object")
    elif not is_nothing(raw_checks):
        faults.append("its checks are no list")
    return Logic(action, conditional, tuple(checks), tuple(dict.fromkeys(faults)))


_Word = TypeVar("_Word", bound=StrEnum)


def _one_of(
    value: Mapping[str, Any], keys: tuple[str, ...], known: Mapping[str, _Word], faults: list[str]
) -> _Word | None:
    key = next((key for key in keys if key in value), keys[0])
    written = text(value.get(key)).strip()
    found = known.get(written.lower())
    if found is None:
        faults.append(f"its {keys[0]} is “{shown(written)}”" if written else f"it has no {keys[0]}")
    return found


def _parse_check(raw: Mapping[str, Any]) -> LogicCheck:
    condition = text(raw.get("condition", raw.get("comparisonOperator"))).strip()
    return LogicCheck(
        target=identifier(raw.get("field", raw.get("fieldId"))),
        operator=_OPERATORS.get(condition.lower()),
        condition=condition,
        option=text(raw.get("option", raw.get("value"))),
    )
