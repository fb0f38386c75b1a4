"""Calculations as they are built: what they read, what they belong to, and whether they can come to an end.

A column of a table is told once, at its head, which has the formula, and not in each of its cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bots.diagnostics.calculations import build_graph, find_depths, own_references, read_by_formula
from bots.diagnostics.field import DATE_TYPE, TABLE_CELL, TABLE_HEADER, Field
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.logic import build_graph as build_logic_graph
from bots.diagnostics.logic import find_circles
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass, about_field
from bots.diagnostics.values import shown

_CALCULATION: Final = ObservationClass.CALCULATION

C01: Final = Code("C01", Level.ERROR, _CALCULATION, "A calculation reads a field that is not on the form")
C02: Final = Code("C02", Level.ERROR, _CALCULATION, "A calculation reads its own result")
C03: Final = Code("C03", Level.ERROR, _CALCULATION, "Calculations feed each other in a circle")
C10: Final = Code("C10", Level.WARN, _CALCULATION, "A calculation reads a field that may be hidden")
C11: Final = Code("C11", Level.WARN, _CALCULATION, "A computed field can be changed by the visitor")
C13: Final = Code("C13", Level.WARN, _CALCULATION, "A field has a formula and a date calculation")
C14: Final = Code("C14", Level.ERROR, _CALCULATION, "A date calculation is not complete")
C16: Final = Code("C16", Level.INFO, _CALCULATION, "A long chain of calculations leads to a field")
C19: Final = Code("C19", Level.WARN, _CALCULATION, "Logic and calculations wait for each other in a circle")
C20: Final = Code("C20", Level.ERROR, _CALCULATION, "A cell of a table does not belong anywhere")

LONG_CHAIN: Final = 10


def find_missing_references(form: Form) -> Iterator[Observation]:
    """C01: whatever else is wrong or right with the formula."""
    for each in form.by_id.values():
        for target in own_references(each):
            if target not in form.by_id:
                yield C01.found(
                    each.subject,
                    f"The calculation of {each.called} reads field {shown(target, 30)}, which is not on the form; it "
                    "was probably deleted. Put another field in its place, or take it out of the formula.",
                    related=[about_field(target)],
                    data={"target": target},
                )


def find_self_references(form: Form) -> Iterator[Observation]:
    """C02: a field is computed from itself. A column that reads itself is C20."""
    for each in form.by_id.values():
        if each.type != TABLE_HEADER and each.id in own_references(each):
            yield C02.found(
                each.subject,
                f"The calculation of {each.called} reads {each.called} itself, so the live form computes it until it "
                "gives up. Take the field out of its own formula.",
            )


def find_circles_of_calculations(form: Form) -> Iterator[Observation]:
    """C03: two or more fields, each computed from the next. One finding for the system, told at its first member."""
    for circle in find_circles(build_graph(form), form.place):
        told, more = circle.steps()
        read = ", which reads ".join(form.called(target) for _, target in told)
        steps = f"{form.called(circle.chain[0])} reads {read}{more}"
        yield C03.found(
            about_field(circle.members[0]),
            f"{steps}. The live form computes this until it gives up, so none of these values can be relied "
            "on. Take one of the references out.",
            related=[about_field(member) for member in circle.members],
            data={"members": list(circle.members), "chain": list(circle.chain)},
        )


def find_references_to_gated_fields(form: Form) -> Iterator[Observation]:
    """C10: what is hidden counts as empty, and the result is shown all the same."""
    for each, target in read_by_formula(form):
        if _has_gate(target, form) and not _has_gate(each, form):
            yield C10.found(
                each.subject,
                f"{each.called} is always shown, and its formula reads {target.called}, which logic may hide; then it "
                "counts as nothing. Fine if nothing is meant then.",
                related=[target.subject],
            )


def _has_gate(each: Field, form: Form) -> bool:
    section = form.section_of(each)
    return any(holder is not None and holder.logic and holder.logic.checks for holder in (each, section))


def find_editable_results(form: Form) -> Iterator[Observation]:
    """C11: what the form computed, a visitor may overwrite."""
    for each in form.by_id.values():
        if each.is_computed and not (each.readonly or each.hidden or each.is_static):
            yield C11.found(
                each.subject,
                f"{each.called} is computed, and a visitor can type over the result. Make it read-only.",
            )


def find_double_calculations(form: Form) -> Iterator[Observation]:
    """C13: which of the two wins is not said anywhere."""
    for each in form.by_id.values():
        if each.formula.strip() and each.dates.is_set:
            yield C13.found(
                each.subject,
                f"{each.called} has a formula and a date calculation as well. Remove the one that is not meant.",
            )


def find_incomplete_date_calculations(form: Form) -> Iterator[Observation]:
    """C14: two sides, each a date, a number or today, and a unit to count in."""
    for each in form.by_id.values():
        if not each.dates.is_set:
            continue
        faults = [f"its {which} side is not set" for which, side in _sides(each) if not side.strip("0")]
        for _, side in _sides(each):
            target = form.by_id.get(side)
            if target is not None and target.type != DATE_TYPE and not target.is_numeric:
                faults.append(f"{target.called} is neither a date nor a number")
        if not each.dates.units:
            faults.append("it does not say whether to count days, months or years")
        if faults:
            yield C14.found(
                each.subject,
                f"The date calculation of {each.called} cannot work: {'; '.join(faults)}. Set it again in the form "
                "builder.",
            )


def _sides(each: Field) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("first", each.dates.one), ("second", each.dates.two)


def find_long_chains(form: Form) -> Iterator[Observation]:
    """C16: how many results wait for each other. Told where chains end, not at each link."""
    depths, read = find_depths(form)
    for each in form.by_id.values():
        if depths[each.id] > LONG_CHAIN and each.id not in read and each.type != TABLE_CELL:
            yield C16.found(
                each.subject,
                f"{each.called} stands at the end of a chain of {depths[each.id]} calculations. Hard to test by hand; "
                "look whether it can be shorter.",
                data={"depth": depths[each.id]},
            )


def find_mixed_circles(form: Form) -> Iterator[Observation]:
    """C19: what shows a field is computed from what the field holds. Circles of one kind alone are L03 and C03."""
    logic, computed = build_logic_graph(form), build_graph(form)
    known = {frozenset(circle.members) for graph in (logic, computed) for circle in find_circles(graph, form.place)}
    logic.update(computed)
    for circle in find_circles(logic, form.place):
        if frozenset(circle.members) in known:
            continue
        told, more = circle.steps()
        chain = ", then ".join(map(form.called, (circle.chain[0], *(target for _, target in told)))) + more
        yield C19.found(
            about_field(circle.members[0]),
            f"What shows these fields depends on what they come to, and the other way round: {chain}. What a visitor "
            "sees may depend on the order of their answers. Take one of the dependencies out.",
            related=[about_field(member) for member in circle.members],
            data={"members": list(circle.members), "chain": list(circle.chain)},
        )


def find_homeless_cells(form: Form) -> Iterator[Observation]:
    """C20: a cell whose table, column or row is not there, or a column whose formula reads the column itself."""
    for each in form.by_id.values():
        if each.type == TABLE_HEADER and each.id in own_references(each):
            yield C20.found(
                each.subject,
                f"The formula of the column {each.called} reads that very column. Take it out of its own formula.",
            )
        elif each.type == TABLE_CELL and (missing := _find_what_is_missing(each, form)):
            yield C20.found(
                each.subject,
                f"{each.called} is the cell of a table, and its {missing} is not on the form; it was probably deleted. "
                "Remove the table and make it again.",
            )


def _find_what_is_missing(cell: Field, form: Form) -> str | None:
    table, header = form.by_id.get(cell.table_id), form.by_id.get(cell.header_id)
    if table is None:
        return "table"
    if header is None:
        return "column"
    if table.rows and cell.row_key not in table.rows:
        return "row"
    return None


CALCULATIONS: Final = Maker(
    "calculations",
    frozenset({Resource.FIELDS}),
    (
        find_missing_references,
        find_self_references,
        find_circles_of_calculations,
        find_references_to_gated_fields,
        find_editable_results,
        find_double_calculations,
        find_incomplete_date_calculations,
        find_long_chains,
        find_mixed_circles,
        find_homeless_cells,
    ),
)
