"""Whether a gate can open, and whether it ever closes: its conditions over what a field can hold.

A field shows if its own block and its section's block both let it. Each block is a list of literals joined by "and" or
by "or" ("hide if any" is "and" over the negated checks), and each literal speaks of one field only. So nothing has to
be searched: it is enough to ask of one field at a time whether it can hold what is demanded of it.

What cannot be judged (a deleted field, an option that is not there, dates, addresses) counts as able to hold and as
able to fail, and so does what would take more than `MOST_STEPS` comparisons to judge. Only structure is judged: whether
anybody would give such answers is not asked.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, pairwise, product
from math import prod
from operator import itemgetter
from typing import Final

from bots.diagnostics.block import Action, Conditional, Logic, LogicCheck, Operator
from bots.diagnostics.field import Field
from bots.diagnostics.form import Form
from bots.diagnostics.values import number

TEXT_TYPES: Final = frozenset({"text", "textarea", "email", "phone"})
PLAIN_NUMBER_TYPES: Final = frozenset({"number", "rating", "tablecell"})
MOST_STEPS: Final = 5_000
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
        return not check.option or target.option_other or check.option in target.option_values
    if target.is_choice:
        return target.is_numeric and target.type != "checkbox" and number(check.option) is not None
    if target.type in TEXT_TYPES:
        return True
    return target.type in PLAIN_NUMBER_TYPES and target.is_numeric


def can_open(gates: Sequence[Gate], form: Form) -> bool:
    """Whether some answers satisfy all of these gates: a field's own and its section's, so two at most."""
    demanded = _by_target(lit for gate in gates if gate.joined_by is Conditional.ALL for lit in gate.literals)
    if not all(_value_exists(form, about) for about in demanded.values()):
        return False
    choices = [
        _by_target(gate.literals) for gate in gates if gate.joined_by is Conditional.ANY and not gate.is_open_ended
    ]
    ways = [
        {target for target, about in choice.items() if _value_exists(form, demanded.get(target, ()), [about])}
        for choice in choices
    ]
    if not all(ways):
        return False
    if len(ways) < 2 or len(ways[0] | ways[1]) > 1:
        return True  # two choices about two fields never get in each other's way
    (target,) = ways[0]
    return _value_exists(form, demanded.get(target, ()), [choice[target] for choice in choices])


def is_cut_off(gates: Sequence[Gate], form: Form) -> bool:
    """Whether judging these gates would take more than `MOST_STEPS` comparisons, so that it is not done in full."""
    demanded = _by_target(lit for gate in gates if gate.joined_by is Conditional.ALL for lit in gate.literals)
    choices = [_by_target(gate.literals) for gate in gates if gate.joined_by is Conditional.ANY]
    for target_id in {*demanded, *(target_id for choice in choices for target_id in choice)}:
        all_of = demanded.get(target_id, [])
        any_of = [choice[target_id] for choice in choices if target_id in choice]
        if form.by_id[target_id].type == "checkbox":
            steps = len(all_of) + prod(map(len, any_of))
        elif any(literal.names_the_value for literal in all_of):
            continue
        else:
            literals = [*all_of, *(literal for choice in any_of for literal in choice)]
            steps = len({literal.option for literal in literals}) * len(literals)
        if steps > MOST_STEPS:
            return True
    return False


def never_closes(gate: Gate, form: Form) -> bool:
    """Whether all answers satisfy this gate: none can make it fail."""
    if gate.is_open_ended:
        return False
    against = [literal.negated() for literal in gate.literals]
    if gate.joined_by is Conditional.ANY:
        return not all(_value_exists(form, about) for about in _by_target(against).values())
    return not any(_value_exists(form, [], [about]) for about in _by_target(against).values())


def find_clash(gates: Sequence[Gate], form: Form) -> tuple[Literal, ...]:
    """What is demanded of one field and cannot be together; empty if the fault lies in a choice of demands.

    Two of the demands where two are enough.
    """
    demanded = _by_target(lit for gate in gates if gate.joined_by is Conditional.ALL for lit in gate.literals)
    clash = next((about for about in demanded.values() if not _value_exists(form, about)), [])
    pairs = combinations(clash[:MOST_EXPLAINED], 2)
    return next((pair for pair in pairs if not _value_exists(form, pair)), tuple(clash))


def _by_target(literals: Iterable[Literal]) -> dict[str, list[Literal]]:
    grouped: dict[str, list[Literal]] = {}
    for literal in dict.fromkeys(literals):
        grouped.setdefault(literal.target, []).append(literal)
    return grouped


def _value_exists(form: Form, all_of: Sequence[Literal], any_of: Sequence[Sequence[Literal]] = ()) -> bool:
    """Whether one field can hold something that satisfies all of these, and of each of those lists any."""
    literals = [*all_of, *(literal for choice in any_of for literal in choice)]
    target = form.by_id[literals[0].target]
    if target.type == "checkbox":
        return _selection_exists(target, all_of, any_of)
    numeric = not target.is_choice and target.is_numeric
    named = dict.fromkeys(literal.option for literal in literals)
    demanded = next((literal.option for literal in all_of if literal.names_the_value), None)
    if demanded is None and len(named) * len(literals) > MOST_STEPS:
        return True
    values = _values(target, named) if demanded is None else (demanded,)
    return any(
        all(_satisfies(value, literal, numeric=numeric) for literal in all_of)
        and all(any(_satisfies(value, literal, numeric=numeric) for literal in choice) for choice in any_of)
        for value in values
    )


def _selection_exists(target: Field, all_of: Sequence[Literal], any_of: Sequence[Sequence[Literal]]) -> bool:
    """A checkbox holds any set of its options, and "equals" asks whether one is in it; with "", whether it is empty."""
    offered = None if target.option_other else target.option_values
    if len(all_of) + prod(map(len, any_of)) > MOST_STEPS:
        return True
    return any(_can_be_ticked([*all_of, *chosen], offered) for chosen in product(*any_of))


def _can_be_ticked(literals: Sequence[Literal], offered: frozenset[str] | None) -> bool:
    ticked = {literal.option for literal in literals if literal.names_the_value}
    free = {literal.option for literal in literals if not literal.names_the_value}
    if ticked & free or ("" in ticked and len(ticked) > 1):
        return False
    return bool(ticked) or "" not in free or offered is None or bool(offered - free)


def _values(target: Field, named: Mapping[str, object]) -> Iterator[str]:
    """What the field can hold, as far as checks that name these values can tell: one value of each sort is enough."""
    yield ""
    points = sorted({value for option in named if (value := number(option)) is not None})
    if target.is_choice:
        yield from (option for option in named if option in target.option_values)
        yield from islice((value for value in target.option_values if value not in named), 1)
        yield from _options_between(target, points, len(named) + 1)
        if not target.option_other:
            return
    between = [(a + b) / 2 for a, b in pairwise(points)]
    beyond = [points[0] - 1, points[-1] + 1] if points else []
    yield from (repr(value) for value in (*points, *between, *beyond))
    if target.is_choice or not target.is_numeric:
        yield SOMETHING_ELSE
        yield from named


def _options_between(target: Field, points: Sequence[float], of_each: int) -> Iterator[str]:
    """Some options below, at, between and above these sizes."""
    if not points:
        return
    cuts = sorted({cut for point in points for cut in _places(target.sized_options, point)})
    for start, end in pairwise([0, *cuts, len(target.sized_options)]):
        yield from (value for _, value in target.sized_options[start : min(end, start + of_each)])


def _places(sized: Sequence[tuple[float, str]], point: float) -> tuple[int, int]:
    return bisect_left(sized, point, key=itemgetter(0)), bisect_right(sized, point, key=itemgetter(0))


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
