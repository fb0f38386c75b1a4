"""Whether a gate can open, and whether it ever closes: its conditions over what a field can hold.

A field shows if its own block and its section's block both let it. Each block is a list of literals joined by "and" or
by "or" ("hide if any" is "and" over the negated checks), and each literal speaks of one field only. So nothing has to
be searched: it is enough to ask of one field at a time whether it can hold what is demanded of it.

What cannot be judged (a deleted field, an option that is not there, dates, addresses) counts as able to hold and as
able to fail, and so does what would take more than `MOST_STEPS` comparisons to judge. Only structure is judged: whether
anybody would give such answers is not asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from bots.diagnostics.block import Action, Conditional, Logic, LogicCheck, Operator
from bots.diagnostics.field import Field
from bots.diagnostics.form import Form
from bots.diagnostics.values import number

TEXT_TYPES: Final = frozenset({"text", "textarea", "email", "phone"})
PLAIN_NUMBER_TYPES: Final = frozenset({"number", "rating", "tablecell"})
MOST_STEPS: Final = 100_000
MOST_EXPLAINED: Final = 40
SOMETHING_ELSE: Final = "\x00"
"""Stands for a value that no check names: JSON can hold it, but no form has it."""


@dataclass(frozen=True, slots=True)
class Literal:
    """One check, or its negation."""

    target: str
    operator: Operator
    option: str
    holds: bool = True

    def negated(self) -> Literal:
        """The opposite."""
        return Literal(self.target, self.operator, self.option, not self.holds)

    @property
    def names_the_value(self) -> bool:
        """Whether it demands this very value, rather than keeping some values out."""
        return (self.operator is Operator.EQUALS) is self.holds and self.operator in _EQUALITY


_EQUALITY: Final = frozenset({Operator.EQUALS, Operator.NOT_EQUALS})


@dataclass(frozen=True, slots=True)
class Gate:
    """What one block demands of the answers. `is_open_ended`: with parts that cannot be judged."""

    joined_by: Conditional
    literals: tuple[Literal, ...]
    is_open_ended: bool


def build_gate(logic: Logic | None, form: Form) -> Gate | None:
    """What must be true for a block to show its field; None if there is none, or none that can be understood."""
    if logic is None or not logic.checks or logic.action is None or logic.conditional is None:
        return None
    hides = logic.action is Action.HIDE
    checks = tuple(dict.fromkeys(logic.checks))
    literals = tuple(
        Literal(check.target, check.operator, check.option, not hides)
        for check in checks
        if check.operator is not None and _is_judged(check, form)
    )
    joined_by = logic.conditional
    if hides:
        joined_by = Conditional.ANY if joined_by is Conditional.ALL else Conditional.ALL
    return Gate(joined_by, literals, len(literals) < len(checks))


def _is_judged(check: LogicCheck, form: Form) -> bool:
    target = form.by_id.get(check.target)
    if target is None:
        return False
    if target.is_choice and check.operator in _EQUALITY:
        return not check.option or target.option_other or check.option in form.option_values(target)
    if target.is_choice:
        return target.is_numeric and target.type != "checkbox" and number(check.option) is not None
    if target.type in TEXT_TYPES:
        return True
    return target.type in PLAIN_NUMBER_TYPES and target.is_numeric


def can_open(gates: Sequence[Gate], form: Form) -> bool:
    """Whether some answers satisfy all of these gates: a field's own and its section's, so two at most."""
    demanded = _by_target(lit for gate in gates if gate.joined_by is Conditional.ALL for lit in gate.literals)
    if not all(_value_exists([about], form) for about in demanded.values()):
        return False
    choices = [gate.literals for gate in gates if gate.joined_by is Conditional.ANY and not gate.is_open_ended]
    if sum(map(len, demanded.values())) * sum(map(len, choices)) > MOST_STEPS:
        return True
    open_choices = [
        [literal for literal in literals if _value_exists([[*demanded.get(literal.target, ()), literal]], form)]
        for literals in choices
    ]
    if not all(open_choices):
        return False
    return len(open_choices) < 2 or _can_choose_both(open_choices[0], open_choices[1], form)


def _can_choose_both(one: Sequence[Literal], other: Sequence[Literal], form: Form) -> bool:
    """Whether a literal of each list can hold together. Literals about two fields never get in each other's way."""
    if len({literal.target for literal in (*one, *other)}) > 1:
        return True
    return _value_exists([one, other], form, any_of_each=True)


def never_closes(gate: Gate, form: Form) -> bool:
    """Whether all answers satisfy this gate: none can make it fail."""
    if gate.is_open_ended:
        return False
    against = [literal.negated() for literal in gate.literals]
    if gate.joined_by is Conditional.ANY:
        return not all(_value_exists([about], form) for about in _by_target(against).values())
    return not any(_value_exists([[literal]], form) for literal in against)


def find_clash(gates: Sequence[Gate], form: Form) -> tuple[Literal, ...]:
    """What is demanded of one field and cannot be together; empty if the fault lies in a choice of demands.

    Two of the demands where two are enough.
    """
    demanded = _by_target(lit for gate in gates if gate.joined_by is Conditional.ALL for lit in gate.literals)
    clash = next((about for about in demanded.values() if not _value_exists([about], form)), [])
    pairs = combinations(clash[:MOST_EXPLAINED], 2)
    return next((pair for pair in pairs if not _value_exists([pair], form)), tuple(clash))


def _by_target(literals: Iterable[Literal]) -> dict[str, list[Literal]]:
    grouped: dict[str, list[Literal]] = {}
    for literal in dict.fromkeys(literals):
        grouped.setdefault(literal.target, []).append(literal)
    return grouped


def _value_exists(groups: Sequence[Sequence[Literal]], form: Form, *, any_of_each: bool = False) -> bool:
    """Whether one field can hold something that satisfies these groups: all of each, or any of each."""
    literals = [literal for group in groups for literal in group]
    target = form.by_id[literals[0].target]
    if target.type == "checkbox":
        offered = None if target.option_other else form.option_values(target)
        return _selection_exists(groups, offered, any_of_each=any_of_each)
    join = any if any_of_each else all
    numeric = target.is_numeric and not target.is_choice
    values = _values(target, form, literals, literals if any_of_each else ())
    if len(values) * len(literals) > MOST_STEPS:
        return True
    return any(
        all(join(_satisfies(v, literal, numeric=numeric) for literal in group) for group in groups) for v in values
    )


def _selection_exists(
    groups: Sequence[Sequence[Literal]], offered: frozenset[str] | None, *, any_of_each: bool
) -> bool:
    """A checkbox holds any set of its options, and "equals" asks whether one is in it; with "", whether it is empty.

    :param offered: its options; None if it takes others too.
    """
    if any_of_each:
        one, other = groups
        return len(one) * len(other) > MOST_STEPS or any(
            _selection_exists([[a, b]], offered, any_of_each=False) for a in one for b in other
        )
    literals = [literal for group in groups for literal in group]
    ticked = {literal.option for literal in literals if literal.names_the_value}
    free = {literal.option for literal in literals if not literal.names_the_value}
    if ticked & free or ("" in ticked and len(ticked) > 1):
        return False
    return bool(ticked) or "" not in free or offered is None or bool(offered - free)


def _values(target: Field, form: Form, literals: Sequence[Literal], choice: Sequence[Literal]) -> list[str]:
    """What the field can hold, as far as these literals can tell values apart."""
    if not choice and (named := next((lit.option for lit in literals if lit.names_the_value), None)) is not None:
        return [named]
    if target.is_choice and not target.option_other:
        return ["", *form.option_values(target)]
    options = [literal.option for literal in literals]
    points = sorted({value for option in options if (value := number(option)) is not None})
    between = [(a + b) / 2 for a, b in pairwise(points)]
    beyond = [points[0] - 1, points[-1] + 1] if points else []
    numbers = [repr(value) for value in (*points, *between, *beyond)]
    if target.is_numeric and not target.is_choice:
        return ["", *numbers]
    return ["", SOMETHING_ELSE, *options, *numbers, *(form.option_values(target) if target.is_choice else ())]


def _satisfies(value: str, literal: Literal, *, numeric: bool) -> bool:
    if literal.operator in _EQUALITY:
        return (
            _equals(value, literal.option, numeric=numeric, leniently=literal.names_the_value)
            is literal.names_the_value
        )
    ours, theirs = number(value), number(literal.option)
    if ours is None or theirs is None:
        return not literal.holds
    holds = ours > theirs if literal.operator is Operator.GREATER_THAN else ours < theirs
    return holds is literal.holds


def _equals(value: str, option: str, *, numeric: bool, leniently: bool) -> bool:
    """Whether a value is this one. Capitals are let pass where equality is wanted: the vendor may do so too."""
    if numeric and (ours := number(value)) is not None and (theirs := number(option)) is not None:
        return ours == theirs
    return value.casefold() == option.casefold() if leniently else value == option
