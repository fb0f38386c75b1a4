"""Which fields show under given answers, as far as that can be told.

A field shows if its own block and its section's block both let it, and it is not hidden for good. A field that does not
show counts as blank for whoever asks about it. What cannot be judged (dates, a deleted field, circles) is unknown, and
what depends on it may be unknown too:

    fields that wait for nothing ─▶ fields that wait for those ─▶ … ─▶ what is left waits in circles: judged in rounds,
                                                                  by what is known already, until nothing changes

Nothing ever goes back to unknown, so the rounds come out the same in any order. After `MOST_ROUNDS` of them what is not
known stays unknown, so the work stays in proportion to the form.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bots.diagnostics.block import Action, Conditional, Logic, LogicCheck, Operator
from bots.diagnostics.field import Field
from bots.diagnostics.form import Form
from bots.diagnostics.values import number

Truth = bool | None
"""None is: cannot be told."""

MOST_ROUNDS: Final = 30
_NOTHING: Final = frozenset({""})
JUDGED_TYPES: Final = frozenset(
    {"text", "textarea", "email", "phone", "number", "rating", "select", "radio", "checkbox", "tablecell", "product"}
)


@dataclass(frozen=True)
class Visibility:
    """The result: for each field of the form whether it shows, and what it holds then."""

    form: Form
    answers: Mapping[str, str]
    shown: Mapping[str, Truth]
    _ticked: dict[str, frozenset[str]] = field(default_factory=dict)

    def value_of(self, field: Field) -> str:
        """What a field holds if it shows: what was answered, else what it begins with."""
        return self.answers.get(field.id, field.default)

    def judge(self, check: LogicCheck) -> Truth:
        """Whether one check holds."""
        target = self.form.by_id.get(check.target)
        if target is None or check.operator is None or target.type not in JUDGED_TYPES:
            return None
        if_shown = holds(check, target, self.value_of(target), self._ticked_in(target))
        if_hidden = holds(check, target, "", _NOTHING)
        is_shown = self.shown.get(target.id)
        if is_shown is None:
            return if_shown if if_shown is if_hidden else None
        return if_shown if is_shown else if_hidden

    def _ticked_in(self, target: Field) -> frozenset[str]:
        if target.type != "checkbox":
            return _NOTHING
        if target.id not in self._ticked:  # split once, and not for each check that asks
            self._ticked[target.id] = frozenset(self.value_of(target).split("\n"))
        return self._ticked[target.id]

    def judge_block(self, logic: Logic | None) -> Truth:
        """Whether a block lets its field show."""
        if logic is None or not logic.checks:
            return True
        if logic.action is None or logic.conditional is None:
            return None
        each = [self.judge(check) for check in logic.checks]
        met = _all(each) if logic.conditional is Conditional.ALL else _any(each)
        return met if logic.action is Action.SHOW or met is None else not met


def _all(truths: Iterable[Truth]) -> Truth:
    listed = list(truths)
    return False if False in listed else None if None in listed else True


def _any(truths: Iterable[Truth]) -> Truth:
    listed = list(truths)
    return True if True in listed else None if None in listed else False


def holds(check: LogicCheck, target: Field, value: str, ticked: frozenset[str]) -> Truth:
    """Whether a check holds of this value. A checkbox equals each of what is ticked, and "" if nothing is."""
    if check.operator in (Operator.EQUALS, Operator.NOT_EQUALS):
        chosen = ticked if target.type == "checkbox" else (value,)
        same = check.option in chosen or _same_number(value, check.option, target)
        return same if check.operator is Operator.EQUALS else not same
    ours, theirs = number(value), number(check.option)
    if theirs is None:
        return None
    if ours is None:
        return False
    return ours > theirs if check.operator is Operator.GREATER_THAN else ours < theirs


def _same_number(value: str, option: str, target: Field) -> bool:
    if not target.is_numeric or target.is_choice:
        return False
    ours, theirs = number(value), number(option)
    return ours is not None and ours == theirs


def find_visibility(form: Form, answers: Mapping[str, str]) -> Visibility:
    """What shows under these answers; fields without one hold their default."""
    shown: dict[str, Truth] = dict.fromkeys(form.by_id)
    result = Visibility(form, answers, shown)
    in_circles = _judge_in_order(result, shown)
    for _ in range(MOST_ROUNDS):
        before = [shown[each] for each in in_circles]
        for each in in_circles:
            if shown[each] is None:
                shown[each] = _judge_field(form.by_id[each], result)
        if before == [shown[each] for each in in_circles]:
            break
    return result


def _judge_in_order(result: Visibility, shown: dict[str, Truth]) -> list[str]:
    """Judge each field once all that it waits for is judged; answers those for which that moment never comes."""
    form = result.form
    waiting: defaultdict[str, list[str]] = defaultdict(list)
    missing: dict[str, int] = {}
    for each in form.by_id.values():
        section = form.section_of(each)
        needs = [target for target in (each.logic.targets() if each.logic else ()) if target in form.by_id]
        if section is not None and section.id != each.id:
            needs.append(section.id)
        missing[each.id] = len(needs)
        for target in needs:
            waiting[target].append(each.id)
    due = deque(each for each, count in missing.items() if count == 0)
    judged = 0
    while due:
        here = due.popleft()
        judged += 1
        shown[here] = _judge_field(form.by_id[here], result)
        for waits in waiting[here]:
            missing[waits] -= 1
            if missing[waits] == 0:
                due.append(waits)
    return [left for left, count in missing.items() if count > 0] if judged < len(missing) else []


def _judge_field(each: Field, so_far: Visibility) -> Truth:
    # A field hidden for good holds its value all the same, so that what asks about it is judged by that.
    section = so_far.form.section_of(each)
    above = True if section is None or section.id == each.id else so_far.shown[section.id]
    if above is False:
        return False
    return _all((above, so_far.judge_block(each.logic)))
