"""Why a field shows or does not: the chain of logic that decides it, step by step.

A field is told about once; a chain that goes on for longer than anybody reads is cut, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from bots.diagnostics.block import Action, Conditional, LogicCheck, Operator
from bots.diagnostics.diagnosis import Diagnosis
from bots.diagnostics.field import Field
from bots.diagnostics.form import Form
from bots.diagnostics.logic import find_reachable
from bots.diagnostics.observations import Level
from bots.diagnostics.request import Named
from bots.diagnostics.values import shown
from bots.diagnostics.visibility import Truth, Visibility, find_visibility

MOST_LINES: Final = 60
DEEPEST: Final = 16
MOST_CHECKS: Final = 12
MOST_FINDINGS: Final = 5
NAMED: Final = 5
_MARKS: Final[Mapping[Truth, str]] = {True: "✓", False: "✗", None: "?"}
_OPERATORS: Final = {
    Operator.EQUALS: "is",
    Operator.NOT_EQUALS: "is not",
    Operator.GREATER_THAN: "is greater than",
    Operator.LESS_THAN: "is less than",
}


def find_named(form: Form, named: Named) -> Field | str:
    """The field that somebody means, or what to tell them."""
    if named.id:
        known = form.by_id.get(named.id)
        return known or f"There is no field {shown(named.id, 30)} on this form."
    wanted = " ".join(named.label.split()).casefold()
    found = [each for each in form.by_id.values() if " ".join(each.label.split()).casefold() == wanted]
    if not found:
        return f"There is no field with the label “{shown(named.label)}” on this form."
    if len(found) > 1:
        ids = ", ".join(shown(each.id, 30) for each in found[:NAMED])
        return f"{len(found)} fields have the label “{shown(named.label)}”; name one by its number: {ids}."
    return found[0]


def answers_of(form: Form) -> tuple[dict[str, str], str]:
    """What to judge by, and what that is called: the submission, if there is one, or the form as it starts."""
    if form.submission is not None:
        values = {field_id: form.submission.value_of(field_id) for field_id in form.by_id}
        return values, f"under the values of submission {shown(form.submission.id, 30)}"
    return {}, "as the form starts (nothing answered but the defaults)"


def explain_why(diagnosis: Diagnosis, named: Named) -> str:
    """The explanation, as plain text."""
    form = diagnosis.form
    field = find_named(form, named)
    if isinstance(field, str):
        return field
    answers, under = answers_of(form)
    visibility = find_visibility(form, answers)
    lines = [_headline(field, visibility, under)]
    if field.hidden:
        lines.append("It is set to “hidden” in its own settings: no logic can show it to a visitor.")
    told: set[str] = set()
    chain = list(_chain(field, visibility, told, 0))
    lines += chain[:MOST_LINES]
    if len(chain) > MOST_LINES:
        lines.append(f"… and {len(chain) - MOST_LINES:,} more lines; ask about one of the fields above.")
    if field.id not in find_reachable(form):
        lines.append("No answers at all can show it.")
    found = [
        each
        for each in diagnosis.observations
        if each.level in (Level.ERROR, Level.WARN) and field.subject in (each.subject, *each.related)
    ]
    lines += [f"{each.code}: {shown(each.detail, 400)}" for each in found[:MOST_FINDINGS]]
    return "\n".join(lines)


def _headline(field: Field, visibility: Visibility, under: str) -> str:
    state = visibility.shown[field.id]
    if field.hidden:
        return f"{field.called} is hidden, {under}."
    if state is None:
        return f"Whether {field.called} shows cannot be told from the form alone, {under}."
    return f"{field.called} {'shows' if state else 'is hidden'}, {under}."


def _chain(field: Field, visibility: Visibility, told: set[str], depth: int) -> Iterator[str]:
    indent = "  " * depth
    if field.id in told:
        yield f"{indent}• {field.called}: see above."
        return
    told.add(field.id)
    section = visibility.form.section_of(field)
    gated_section = section if section is not None and section.logic and section.logic.checks else None
    if not (field.logic and field.logic.checks) and gated_section is None:
        yield f"{indent}• {field.called} has no logic: it always shows."
        return
    for holder in (field, gated_section):
        if holder is None or not holder.logic or not holder.logic.checks:
            continue
        yield from _block(field, holder, visibility, told, depth)


def _block(field: Field, holder: Field, visibility: Visibility, told: set[str], depth: int) -> Iterator[str]:
    indent, logic = "  " * depth, holder.logic
    if logic is None:
        return
    verb = "hides" if logic.action is Action.HIDE else "shows"
    how = "any of these holds" if logic.conditional is Conditional.ANY else "all of these hold"
    inside = "" if holder is field else f"it stands in {holder.called}, which "
    opening = f"{field.called}: {inside}{verb} if {how}" if inside else f"{field.called} {verb} if {how}"
    yield f"{indent}• {_MARKS[visibility.judge_block(logic)]} {opening}:"
    if holder is not field:
        if holder.id in told:
            yield f"{indent}    see above."
            return
        told.add(holder.id)
    for check in logic.checks[:MOST_CHECKS]:
        yield f"{indent}    {_MARKS[visibility.judge(check)]} {_say(check, visibility)}"
    if len(logic.checks) > MOST_CHECKS:
        yield f"{indent}    … and {len(logic.checks) - MOST_CHECKS:,} more"
    if depth >= DEEPEST:
        yield f"{indent}    … the chain goes on"
        return
    for target_id in logic.targets()[:MOST_CHECKS]:
        target = visibility.form.by_id.get(target_id)
        if target is not None and _has_chain(target, visibility.form):
            yield from _chain(target, visibility, told, depth + 2)


def _has_chain(field: Field, form: Form) -> bool:
    section = form.section_of(field)
    return any(each is not None and each.logic and each.logic.checks for each in (field, section))


def _say(check: LogicCheck, visibility: Visibility) -> str:
    target = visibility.form.by_id.get(check.target)
    operator = (
        _OPERATORS.get(check.operator, f"“{shown(check.condition)}”") if check.operator else "(unknown condition)"
    )
    said = f"{visibility.form.called(check.target)} {operator} “{shown(check.option)}”"
    if target is None:
        return f"{said} (not on the form)"
    if visibility.shown[target.id] is False:
        return f"{said} (it is hidden itself, so it counts as blank)"
    value = visibility.value_of(target)
    return f"{said} (now “{shown(value)}”)" if value else f"{said} (now blank)"
