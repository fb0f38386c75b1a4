"""What somebody submitted, held against the form as it is now.

The form may have been changed since, and a link may have filled fields in; so what does not fit is a warning, and only
values that are of no use to anybody are errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from bots.diagnostics.arithmetic import compute
from bots.diagnostics.calculations import formula_of
from bots.diagnostics.field import DATE_TYPE, TABLE_CELL, Field
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass
from bots.diagnostics.submission import Submission
from bots.diagnostics.values import number, shown
from bots.diagnostics.visibility import Visibility, find_visibility

_VALIDATION: Final = ObservationClass.VALIDATION

S01: Final = Code("S01", Level.WARN, _VALIDATION, "A submitted value is not among the options")
S02: Final = Code("S02", Level.WARN, _VALIDATION, "A required field was submitted blank")
S03: Final = Code("S03", Level.WARN, _VALIDATION, "A hidden field was submitted with a value")
S04: Final = Code("S04", Level.ERROR, _VALIDATION, "A submitted number is no number")
S05: Final = Code("S05", Level.ERROR, _VALIDATION, "A submitted date is no date that anybody meant")
S06: Final = Code("S06", Level.WARN, _VALIDATION, "A submitted row or column is not in the matrix")
S07: Final = Code("S07", Level.WARN, ObservationClass.CALCULATION, "A submitted result is not what the formula gives")

SOON_AFTER_THE_EPOCH: Final = 86_400
"""Seconds: what a program writes where it has no date comes out as 1 January 1970, give or take a time zone."""
DATE_FORMATS: Final = (
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d"),
    *("%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d/%m/%Y", "%d/%m/%Y %H:%M", "%d.%m.%Y", "%d.%m.%Y %H:%M"),
    *("%b %d, %Y", "%B %d, %Y", "%b %d, %Y %H:%M", "%b %d, %Y %I:%M %p", "%B %d, %Y %I:%M %p", "%d %b %Y", "%d %B %Y"),
    *("%m-%d-%Y", "%d-%m-%Y", "%m/%d/%y", "%H:%M", "%H:%M:%S", "%I:%M %p", "%b %Y", "%B %Y", "%m/%Y", "%Y"),
)
_ZONE: Final = re.compile(r"(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)\Z")
NUMBER_FORMATTING: Final = re.compile(r"[\s,$€£¥%]")


def _answered(form: Form) -> Iterator[tuple[Field, str]]:
    """Each field with what was submitted for it, if anything was."""
    submission = form.submission
    for each in form.by_id.values() if submission else ():
        if submission and (value := submission.value_of(each.id)):
            yield each, value


def find_values_that_are_no_option(form: Form) -> Iterator[Observation]:
    """S01: stored as a value, as a label, or as both in one (``label = value``)."""
    for each, value in _answered(form):
        if not each.is_choice or each.option_other or not each.options:
            continue
        offered = each.option_values | {option.label for option in each.options}
        chosen = value.split("\n") if each.type == "checkbox" else [value]
        missing = [one for one in chosen if one not in offered and one.partition(" = ")[0] not in offered]
        if missing:
            yield S01.found(
                each.subject,
                f"“{shown(missing[0])}” was submitted for {each.called}, which is not one of its options. It was "
                "renamed or removed since, or filled in by a link. Look which of the two.",
                data={"value": missing[0][:200]},
            )


def find_required_blanks(form: Form) -> Iterator[Observation]:
    """S02: it shows under the values that were submitted, and is required."""
    visibility = _visibility(form)
    for each in form.by_id.values() if visibility else ():
        if not each.required or each.is_static or each.hidden or each.type == TABLE_CELL:
            continue
        if form.submission and not form.submission.value_of(each.id) and visibility and visibility.shown[each.id]:
            yield S02.found(
                each.subject,
                f"{each.called} is required and shows under the values submitted, and was submitted blank. It became "
                "required since, or a script or another door let the submission through.",
            )


def find_values_of_hidden_fields(form: Form) -> Iterator[Observation]:
    """S03: its logic hides it under the values that were submitted. Fields hidden for good are meant to have values."""
    visibility = _visibility(form)
    for each, value in _answered(form):
        if visibility and visibility.shown[each.id] is False and not each.hidden and value != each.default:
            yield S03.found(
                each.subject,
                f"{each.called} was submitted with a value, and its logic hides it under the other values. It was "
                "filled in before it was hidden, or the logic was changed since.",
            )


def _visibility(form: Form) -> Visibility | None:
    return find_visibility(form, _answers(form.submission, form)) if form.submission else None


def _answers(submission: Submission, form: Form) -> dict[str, str]:
    """Blank is what was left blank: no default is put in its place."""
    return {field_id: submission.value_of(field_id) for field_id in form.by_id}


def find_numbers_that_are_none(form: Form) -> Iterator[Observation]:
    """S04: currency signs, percent signs and separators are let pass."""
    for each, value in _answered(form):
        if each.type == "number" and number(NUMBER_FORMATTING.sub("", value)) is None:
            yield S04.found(
                each.subject,
                f"“{shown(value)}” was submitted for {each.called}, which takes numbers. Whatever computes with it "
                "counts it as nothing. Correct the submission.",
                data={"value": value[:200]},
            )


def find_dates_that_are_none(form: Form) -> Iterator[Observation]:
    """S05: unreadable, or so near to 1 January 1970 that a program wrote it where it had no date."""
    for each, value in _answered(form):
        if each.type != DATE_TYPE:
            continue
        date = parse_date(value)
        if date is None:
            fault = "cannot be read as a date"
        elif abs((date - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) <= SOON_AFTER_THE_EPOCH:
            fault = "is the day that programs write where they have no date"
        else:
            continue
        yield S05.found(
            each.subject,
            f"“{shown(value)}” was submitted for {each.called}, and {fault}. Look how it was filled in.",
            data={"value": value[:200]},
        )


def parse_date(written: str) -> datetime | None:
    """A date in any format that the form builder offers. A time of day alone, or a month, is not one of 1970."""
    bare = _ZONE.sub("", " ".join(written[:60].split()))
    for pattern in DATE_FORMATS:
        try:
            found = datetime.strptime(bare, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
        return found.replace(year=2000) if "%Y" not in pattern and "%y" not in pattern else found
    return None


def find_cells_that_are_not_there(form: Form) -> Iterator[Observation]:
    """S06: lines of ``row = column``."""
    for each, value in _answered(form):
        if each.type != "matrix" or not (each.matrix_rows and each.matrix_columns):
            continue
        for line in value.split("\n"):
            row, equals, columns = line.rpartition(" = ")
            chosen = [column.strip() for column in columns.split(",")]
            known_column = columns in each.matrix_columns or all(column in each.matrix_columns for column in chosen)
            if equals and row in each.matrix_rows and known_column:
                continue
            what = f"row “{shown(row)}”" if equals and row not in each.matrix_rows else f"column “{shown(columns)}”"
            yield S06.found(
                each.subject,
                f"The {what} was submitted for {each.called}, which has none of that name. It was renamed or removed "
                "since.",
                data={"line": line[:200]},
            )
            break


def find_results_that_differ(form: Form) -> Iterator[Observation]:
    """S07: computed again from what was submitted; blank and hidden fields count as 0."""
    for each, value in _answered(form):
        stored, formula = number(NUMBER_FORMATTING.sub("", value)), formula_of(form, each)
        if stored is None or not formula.strip():
            continue
        result = compute(formula, lambda field_id: _number_of(field_id, form))
        if result is None or (result < 0 and not each.allows_negatives):
            continue
        decimals = each.decimals if each.decimals is not None else len(value.partition(".")[2].strip())
        if abs(result - stored) > 0.5 * 10 ** -min(max(decimals, 0), 9) * 1.001 + 1e-9 * abs(result):
            yield S07.found(
                each.subject,
                f"“{shown(value)}” was submitted for {each.called}, and its formula gives "
                f"{round(result, max(decimals, 2)):g} for the values submitted. The formula was changed since, or the "
                "result was typed over.",
                data={"stored": value[:60], "computed": f"{result:.10g}"},
            )


def _number_of(field_id: str, form: Form) -> float | None:
    target = form.by_id.get(field_id)
    if target is None or form.submission is None or not (target.is_numeric or target.type == "text"):
        return None
    value = form.submission.value_of(field_id)
    if not value:
        return 0.0
    lines = value.split("\n") if target.type == "checkbox" else [value]
    numbers = [number(NUMBER_FORMATTING.sub("", line)) for line in lines]
    known = [each for each in numbers if each is not None]
    return sum(known) if len(known) == len(numbers) else None


SUBMISSIONS: Final = Maker(
    "submission",
    frozenset({Resource.FIELDS, Resource.SUBMISSION}),
    (
        find_values_that_are_no_option,
        find_required_blanks,
        find_values_of_hidden_fields,
        find_numbers_that_are_none,
        find_dates_that_are_none,
        find_cells_that_are_not_there,
        find_results_that_differ,
    ),
)
