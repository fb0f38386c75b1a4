"""Formulas as they are written: whether they can be read, what they read, and what becomes of the result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bots.diagnostics.calculations import read_by_formula, references
from bots.diagnostics.field import TABLE_CELL, TABLE_HEADER
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.formula import Kind
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass
from bots.diagnostics.values import number, shown

_CALCULATION: Final = ObservationClass.CALCULATION

C04: Final = Code("C04", Level.ERROR, _CALCULATION, "A formula cannot be read")
C05: Final = Code("C05", Level.WARN, _CALCULATION, "A calculation reads a field that holds no number")
C06: Final = Code("C06", Level.INFO, _CALCULATION, "A calculation reads a text")
C07: Final = Code("C07", Level.ERROR, _CALCULATION, "A calculation reads a field that has no value")
C08: Final = Code("C08", Level.WARN, _CALCULATION, "A calculation divides by zero")
C09: Final = Code("C09", Level.INFO, _CALCULATION, "A calculation divides by a field that may be empty")
C12: Final = Code("C12", Level.WARN, _CALCULATION, "A calculation reads no field")
C15: Final = Code("C15", Level.WARN, _CALCULATION, "A field that holds no number is computed")
C17: Final = Code("C17", Level.INFO, _CALCULATION, "A result may be negative and is not allowed to")
C18: Final = Code("C18", Level.WARN, _CALCULATION, "A result with decimals is shown without")

TEXT_TYPES: Final = frozenset({"text", "textarea"})
VALUELESS_TYPES: Final = frozenset({"section", "richtext", "embed", "table", "signature", "file"})
COMPUTABLE_TYPES: Final = frozenset({"text", TABLE_HEADER, TABLE_CELL})
"""Types that hold no number by themselves, and for which the form builder offers calculations all the same."""


def find_syntax_faults(form: Form) -> Iterator[Observation]:
    """C04: the first thing that no calculator would take, with its place."""
    for each in form.by_id.values():
        fault = each.reading.fault
        if fault:
            around = each.formula[max(0, fault.position - 11) : fault.position + 10]
            yield C04.found(
                each.subject,
                f"The formula of {each.called} cannot be read: at character {fault.position:,} (“{shown(around)}”), "
                f"{fault.what}. Write it again in the form builder.",
                data={"position": fault.position},
            )


def find_references_to_no_numbers(form: Form) -> Iterator[Observation]:
    """C05: e-mails, dates, names … A date belongs into a date calculation. Texts are C06, things to read are C07."""
    for each, target in read_by_formula(form):
        if not target.is_numeric and target.type not in TEXT_TYPES | VALUELESS_TYPES:
            yield C05.found(
                each.subject,
                f"The formula of {each.called} reads {target.called}, a field of type “{shown(target.type)}”, which "
                "counts as nothing or as something unexpected. Read a number field.",
                related=[target.subject],
            )


def find_references_to_texts(form: Form) -> Iterator[Observation]:
    """C06: fine while people enter numbers."""
    for each, target in read_by_formula(form):
        if target.type in TEXT_TYPES and not target.is_computed:
            yield C06.found(
                each.subject,
                f"The formula of {each.called} reads {target.called}, a text, in which anything may be entered. A "
                "number field would take numbers only.",
                related=[target.subject],
            )


def find_references_to_nothing(form: Form) -> Iterator[Observation]:
    """C07: things to read, signatures and files have no value to compute with."""
    for each, target in read_by_formula(form):
        if target.type in VALUELESS_TYPES:
            yield C07.found(
                each.subject,
                f"The formula of {each.called} reads {target.called}, a field of type “{shown(target.type)}”, which "
                "has no value. Take it out of the formula.",
                related=[target.subject],
            )


def find_divisions_by_zero(form: Form) -> Iterator[Observation]:
    """C08: written so."""
    for each in form.by_id.values():
        if any(symbol.kind is Kind.NUMBER and number(symbol.written) == 0 for symbol in each.reading.divisors):
            yield C08.found(each.subject, f"The formula of {each.called} divides by 0. Change it.")


def find_divisions_by_blanks(form: Form) -> Iterator[Observation]:
    """C09: a field that does not have to be more than 0."""
    for each in form.by_id.values():
        divisors = dict.fromkeys(s.written for s in each.reading.divisors if s.kind is Kind.FIELD)
        for target in filter(None, map(form.by_id.get, divisors)):
            if (number(target.values.least) or 0) <= 0:
                yield C09.found(
                    each.subject,
                    f"The formula of {each.called} divides by {target.called}, which may be empty or 0. Give that "
                    "field a least value above 0, and require it.",
                    related=[target.subject],
                )


def find_constant_formulas(form: Form) -> Iterator[Observation]:
    """C12: the result is the same for everybody."""
    for each in form.by_id.values():
        if each.formula.strip() and not references(each.formula) and each.reading.fault is None:
            yield C12.found(
                each.subject,
                f"The formula of {each.called}, “{shown(each.formula)}”, reads no field, so its result is always the "
                "same. A default value would do.",
            )


def find_negative_results(form: Form) -> Iterator[Observation]:
    """C17: it subtracts, and negative results are not allowed."""
    for each in form.by_id.values():
        if each.reading.subtracts and not each.allows_negatives:
            yield C17.found(
                each.subject,
                f"The formula of {each.called} subtracts, and negative results are not allowed, so it shows 0 or "
                "nothing where it would be negative. Allow them if they are meant.",
            )


def find_lost_decimals(form: Form) -> Iterator[Observation]:
    """C18: it divides or has decimals in it, and its field shows none."""
    for each in form.by_id.values():
        if each.decimals != 0 or not each.formula.strip():
            continue
        if each.reading.has_decimals:
            yield C18.found(
                each.subject,
                f"The formula of {each.called} may come to a result with decimals, and the field shows none. Set its "
                "decimals.",
            )


def find_results_of_no_number(form: Form) -> Iterator[Observation]:
    """C15: a formula on something that is no number field."""
    for each in form.by_id.values():
        if each.formula.strip() and not each.is_numeric and each.type not in COMPUTABLE_TYPES:
            yield C15.found(
                each.subject,
                f"{each.called} is a field of type “{shown(each.type)}” with a formula. Make it a number field.",
            )


FORMULAS: Final = Maker(
    "formulas",
    frozenset({Resource.FIELDS}),
    (
        find_syntax_faults,
        find_references_to_no_numbers,
        find_references_to_texts,
        find_references_to_nothing,
        find_divisions_by_zero,
        find_divisions_by_blanks,
        find_constant_formulas,
        find_negative_results,
        find_lost_decimals,
        find_results_of_no_number,
    ),
)
