"""What shows if a visitor answers this or that: the form as it starts, with these answers put in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bots.diagnostics.diagnosis import Diagnosis
from bots.diagnostics.field import Field
from bots.diagnostics.form import Form
from bots.diagnostics.request import Named
from bots.diagnostics.values import shown
from bots.diagnostics.visibility import Visibility, find_visibility
from bots.diagnostics.why import answers_of, find_named

MOST_NAMED: Final = 25


def explain_what_if(diagnosis: Diagnosis, assumed: Sequence[tuple[Named, str]]) -> str:
    """What changes by these answers, as plain text."""
    form = diagnosis.form
    answers, under = answers_of(form)
    before = find_visibility(form, answers)
    said: list[str] = []
    notes: list[str] = []
    given = dict(answers)
    for named, value in assumed:
        field = find_named(form, named)
        if isinstance(field, str):
            return field
        stored = _as_stored(field, value)
        given[field.id] = stored
        said.append(f"{field.called} = “{shown(stored)}”")
        notes += _notes_on(field, stored)
    after = find_visibility(form, given)
    notes += [
        f"{form.called(field.id)} is hidden itself then, so this answer counts as blank."
        for named, _ in assumed
        if isinstance(field := find_named(form, named), Field) and after.shown[field.id] is False
    ]
    lines = [f"With {' and '.join(said)}, {under}:", *notes]
    lines += _say_changes(form, before, after)
    return "\n".join(lines)


def _as_stored(field: Field, value: str) -> str:
    """Of a choice the option that is meant, whatever its capitals, by value or by label."""
    for option in field.options or () if field.is_choice else ():
        if value.strip().casefold() in (option.value.strip().casefold(), option.label.strip().casefold()):
            return option.value
    return value


def _notes_on(field: Field, stored: str) -> list[str]:
    if field.is_static:
        return [f"{field.called} is something to read, so nobody can answer it."]
    if field.is_choice and stored and stored not in field.option_values and not field.option_other:
        return [f"“{shown(stored)}” is not one of the options of {field.called}."]
    return []


def _say_changes(form: Form, before: Visibility, after: Visibility) -> list[str]:
    groups = {
        "Shown now": [f for f in form.in_order if after.shown[f.id] is True and before.shown[f.id] is not True],
        "Hidden now": [f for f in form.in_order if after.shown[f.id] is False and before.shown[f.id] is not False],
        "Cannot be told": [f for f in form.in_order if after.shown[f.id] is None],
    }
    lines = [f"{heading}: {_name(fields)}." for heading, fields in groups.items() if fields]
    if not (groups["Shown now"] or groups["Hidden now"]):
        lines.insert(0, "Nothing else shows or hides by it.")
    visible = [f for f in form.in_order if after.shown[f.id] is True and not f.hidden]
    lines.append(f"In all, {len(visible):,} of {len(form.by_id):,} fields show then.")
    return lines


def _name(fields: Sequence[Field]) -> str:
    named = ", ".join(f"{each.called}{' (set to hidden)' if each.hidden else ''}" for each in fields[:MOST_NAMED])
    rest = len(fields) - MOST_NAMED
    return f"{named} and {rest:,} more" if rest > 0 else named
