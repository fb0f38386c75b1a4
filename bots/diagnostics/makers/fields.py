"""What a visitor is asked to fill in, and whether they can: required, hidden, read-only, defaults and bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bots.diagnostics.calculations import formula_of
from bots.diagnostics.emails import ADDRESS
from bots.diagnostics.field import Field
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.logic import find_reachable
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass
from bots.diagnostics.values import number, shown

_VALIDATION: Final = ObservationClass.VALIDATION

R01: Final = Code("R01", Level.ERROR, _VALIDATION, "A required field is hidden and empty")
R02: Final = Code("R02", Level.WARN, _VALIDATION, "A required field can never be reached")
R03: Final = Code("R03", Level.ERROR, _VALIDATION, "A required field is read-only and empty")
R04: Final = Code("R04", Level.WARN, _VALIDATION, "A required choice has no options")
R05: Final = Code("R05", Level.WARN, _VALIDATION, "Something to read is marked as required")
R06: Final = Code("R06", Level.ERROR, _VALIDATION, "A default is not among the options")
R07: Final = Code("R07", Level.WARN, _VALIDATION, "A default is not within the bounds of its field")
R08: Final = Code("R08", Level.WARN, _VALIDATION, "The default of an e-mail field is no e-mail address")
R09: Final = Code("R09", Level.ERROR, _VALIDATION, "A least is greater than the most")
R10: Final = Code("R10", Level.INFO, _VALIDATION, "A read-only field shows nothing")
R11: Final = Code("R11", Level.WARN, _VALIDATION, "A field must be unique and is likely not to be")


def find_required_and_hidden(form: Form) -> Iterator[Observation]:
    """R01: nobody can fill it in, and nothing else does."""
    for each in form.by_id.values():
        if each.required and each.hidden and _stays_empty(form, each):
            yield R01.found(
                each.subject,
                f"{each.called} is required and hidden, and has no default value, so the form cannot be submitted "
                "unless a link fills it in. Give it a default, show it, or do not require it.",
            )


def _stays_empty(form: Form, each: Field) -> bool:
    return not (each.default or each.is_computed or formula_of(form, each).strip() or each.is_static)


def find_required_and_unreachable(form: Form) -> Iterator[Observation]:
    """R02: required, and hidden by logic whatever is answered. The vendor does not require what it does not show."""
    reachable = find_reachable(form)
    for each in form.by_id.values():
        if each.required and each.id not in reachable:
            yield R02.found(
                each.subject,
                f"{each.called} is required, but its logic never shows it, so it is never asked for. Repair the logic.",
            )


def find_required_and_readonly(form: Form) -> Iterator[Observation]:
    """R03: shown, required, not to be changed, and empty."""
    for each in form.by_id.values():
        if each.required and each.readonly and not each.hidden and _stays_empty(form, each):
            yield R03.found(
                each.subject,
                f"{each.called} is required and read-only, and has neither a default value nor a calculation, so "
                "the form cannot be submitted unless a link fills it in. Give it a default, or let it be changed.",
            )


def find_required_without_options(form: Form) -> Iterator[Observation]:
    """R04: there is nothing to choose."""
    for each in form.by_id.values():
        if each.required and each.is_choice and not each.options and not each.option_other:
            yield R04.found(
                each.subject, f"{each.called} is required, and there is nothing to choose. Add options to it."
            )


def find_required_static(form: Form) -> Iterator[Observation]:
    """R05: a mark without a meaning."""
    for each in form.by_id.values():
        if each.required and each.is_static:
            yield R05.found(
                each.subject,
                f"{each.called} is something to read (“{shown(each.type)}”) and is marked as required. Take the "
                "mark off.",
            )


def find_defaults_that_are_no_option(form: Form) -> Iterator[Observation]:
    """R06: a choice that begins with what it does not offer. A checkbox has one default a line."""
    for each in form.by_id.values():
        if not each.is_choice or each.option_other or not each.default:
            continue
        offered = {option.value for option in each.options or ()}
        if each.option_store == "label":
            offered |= {option.label for option in each.options or ()}
        missing = [value for value in each.defaults if value not in offered]
        if missing:
            yield R06.found(
                each.subject,
                f"{each.called} begins with “{shown(missing[0])}”, which is not one of its options. Choose another "
                "default, or add the option.",
                data={"default": missing[0]},
            )


def find_defaults_out_of_bounds(form: Form) -> Iterator[Observation]:
    """R07: the default of a number is none, or lies outside of what the field takes."""
    for each in form.by_id.values():
        if each.type != "number" or not each.default:
            continue
        value, least, most = number(each.default), number(each.values.least), number(each.values.most)
        if value is None:
            fault = "is no number"
        elif least is not None and value < least:
            fault = f"is less than the least it takes, {shown(each.values.least)}"
        elif most is not None and value > most:
            fault = f"is more than the most it takes, {shown(each.values.most)}"
        else:
            continue
        yield R07.found(
            each.subject, f"The default value of {each.called}, “{shown(each.default)}”, {fault}. Change it."
        )


def find_defaults_that_are_no_address(form: Form) -> Iterator[Observation]:
    """R08: an e-mail field that begins with something else."""
    for each in form.by_id.values():
        if each.type == "email" and each.default and not ADDRESS.fullmatch(each.default.strip()):
            yield R08.found(
                each.subject,
                f"The default value of {each.called}, “{shown(each.default)}”, is no e-mail address. Change it, or use "
                "a placeholder.",
            )


def find_bounds_upside_down(form: Form) -> Iterator[Observation]:
    """R09: no value, length or number of pieces lies between. A most of 0 is the vendor's word for no limit."""
    for each in form.by_id.values():
        for what, bounds, zero_is_a_limit in (
            ("value", each.values, True),
            ("length", each.lengths, False),
            ("quantity", each.quantities, False),
        ):
            least, most = number(bounds.least), number(bounds.most)
            if least is None or most is None or (not zero_is_a_limit and most <= 0):
                continue
            if least > most:
                yield R09.found(
                    each.subject,
                    f"{each.called} takes a {what} of {shown(bounds.least)} at least and {shown(bounds.most)} at most, "
                    "which is none. Exchange the two.",
                    data={"bounds": what},
                )


def find_readonly_and_empty(form: Form) -> Iterator[Observation]:
    """R10: shown, not to be changed, and nothing in it."""
    for each in form.by_id.values():
        if each.readonly and not each.required and _stays_empty(form, each):
            yield R10.found(
                each.subject,
                f"{each.called} is read-only and has neither a default value nor a calculation. Fine if a link fills "
                "it in; otherwise nobody will ever see anything in it.",
            )


def find_unique_and_alike(form: Form) -> Iterator[Observation]:
    """R11: no two submissions may have the same value, and most of them will."""
    for each in form.by_id.values():
        if not each.unique:
            continue
        if each.options:
            why = "has options, so only as many people as it has options can submit the form"
        elif each.is_computed:
            why = "is computed, so a visitor cannot help it if the result was there before"
        elif each.default:
            why = "has a default value, which only the first one can keep"
        else:
            continue
        yield R11.found(each.subject, f"{each.called} must be unique but {why}. Take “unique” off.")


FIELDS: Final = Maker(
    "fields",
    frozenset({Resource.FIELDS}),
    (
        find_required_and_hidden,
        find_required_and_unreachable,
        find_required_and_readonly,
        find_required_without_options,
        find_required_static,
        find_defaults_that_are_no_option,
        find_defaults_out_of_bounds,
        find_defaults_that_are_no_address,
        find_bounds_upside_down,
        find_readonly_and_empty,
        find_unique_and_alike,
    ),
)
