"""What choices offer: none, one, empty ones, the same ones twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from bots.diagnostics.field import Field
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass
from bots.diagnostics.values import shown

_CONFIGURATION: Final = ObservationClass.CONFIGURATION

O01: Final = Code("O01", Level.ERROR, _CONFIGURATION, "A choice has no options")
O02: Final = Code("O02", Level.WARN, _CONFIGURATION, "A choice has one option only")
O03: Final = Code("O03", Level.WARN, _CONFIGURATION, "An option is empty")
O04: Final = Code("O04", Level.ERROR, _CONFIGURATION, "Two options are stored as the same value")
O05: Final = Code("O05", Level.WARN, _CONFIGURATION, "Two options look the same")
O06: Final = Code("O06", Level.INFO, _CONFIGURATION, "A choice has very many options")
O07: Final = Code("O07", Level.WARN, _CONFIGURATION, "An option begins or ends with a blank")

MANY_OPTIONS: Final = 100
NAMED: Final = 3


def _choices(form: Form) -> Iterator[Field]:
    return (each for each in form.by_id.values() if each.is_choice)


def _quote(values: list[str]) -> str:
    named = ", ".join(f"“{shown(value)}”" for value in values[:NAMED])
    return f"{named}{' …' if len(values) > NAMED else ''}"


def find_choices_without_options(form: Form) -> Iterator[Observation]:
    """O01: nothing to choose from, and no room for another answer."""
    for each in _choices(form):
        if not each.options and not each.option_other:
            yield O01.found(each.subject, f"{each.called} offers nothing to choose from. Add options to it.")


def find_choices_of_one(form: Form) -> Iterator[Observation]:
    """O02: a choice that is none. A single checkbox is a common way to ask for consent."""
    for each in _choices(form):
        if each.options and len(each.options) == 1 and each.type != "checkbox" and not each.option_other:
            yield O02.found(each.subject, f"{each.called} offers one option only. Add more, or make it a checkbox.")


def find_empty_options(form: Form) -> Iterator[Observation]:
    """O03: without a label nobody sees what they choose, without a value nobody sees what was chosen."""
    for each in _choices(form):
        options = each.options or ()
        empty = sum(1 for option in options if not option.label.strip() or not option.value.strip())
        if empty:
            yield O03.found(
                each.subject,
                f"{each.called} has {empty} of {len(options)} options without a label or without a value. Fill them "
                "in, or use the placeholder for “please choose”.",
                data={"empty": empty},
            )


def find_values_twice(form: Form) -> Iterator[Observation]:
    """O04: which of the two was chosen cannot be told afterwards, nor by logic."""
    for each in _choices(form):
        twice = _repeated([option.value for option in each.options or ()])
        if twice:
            yield O04.found(
                each.subject,
                f"{each.called} stores several of its options as the same value: {_quote(twice)}. Give each its own.",
                data={"values": twice[:NAMED]},
            )


def find_labels_twice(form: Form) -> Iterator[Observation]:
    """O05: a visitor cannot tell the two apart. What is the same in label and value is O04's."""
    for each in _choices(form):
        options = each.options or ()
        values_twice = set(_repeated([option.value for option in options]))
        twice = _repeated([option.label.strip() for option in options if option.value not in values_twice])
        if twice:
            yield O05.found(
                each.subject,
                f"{each.called} shows several of its options by the same label: {_quote(twice)}. Rename them.",
                data={"labels": twice[:NAMED]},
            )


def _repeated(values: list[str]) -> list[str]:
    """What occurs more than once. What is empty is O03's."""
    return [value for value, count in Counter(values).items() if count > 1 and value.strip()]


def find_many_options(form: Form) -> Iterator[Observation]:
    """O06: more than anybody reads."""
    for each in _choices(form):
        count = len(each.options or ())
        if count > MANY_OPTIONS:
            yield O06.found(
                each.subject,
                f"{each.called} has {count} options. Look whether it can be searched, or asked in two steps.",
                data={"options": count},
            )


def find_blanks_around_options(form: Form) -> Iterator[Observation]:
    """O07: logic and other systems compare the blank too."""
    for each in _choices(form):
        blank = [option.value for option in each.options or () if option.value.strip() != option.value != ""]
        if any(value.strip() for value in blank):
            yield O07.found(
                each.subject,
                f"{each.called} has options whose stored value begins or ends with a blank: {_quote(blank)}. Whoever "
                "compares it, logic included, has to write the blank too. Remove it.",
            )


OPTIONS: Final = Maker(
    "options",
    frozenset({Resource.FIELDS}),
    (
        find_choices_without_options,
        find_choices_of_one,
        find_empty_options,
        find_values_twice,
        find_labels_twice,
        find_many_options,
        find_blanks_around_options,
    ),
)
