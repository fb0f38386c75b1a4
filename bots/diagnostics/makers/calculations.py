"""Calculations as they are built: what they read, and whether they can come to an end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bots.diagnostics.calculations import build_graph, own_references
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.logic import find_circles
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass, about_field
from bots.diagnostics.values import shown

_CALCULATION: Final = ObservationClass.CALCULATION

C01: Final = Code("C01", Level.ERROR, _CALCULATION, "A calculation reads a field that is not on the form")
C02: Final = Code("C02", Level.ERROR, _CALCULATION, "A calculation reads its own result")
C03: Final = Code("C03", Level.ERROR, _CALCULATION, "Calculations feed each other in a circle")


def find_missing_references(form: Form) -> Iterator[Observation]:
    """C01: whatever else is wrong or right with the formula. A column of a table is told once, at its head."""
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
    """C02: a field is computed from itself."""
    for each in form.by_id.values():
        if each.id in own_references(each):
            yield C02.found(
                each.subject,
                f"The calculation of {each.called} reads {each.called} itself, so the live form computes it until it "
                "gives up. Take the field out of its own formula.",
            )


def find_circles_of_calculations(form: Form) -> Iterator[Observation]:
    """C03: two or more fields, each computed from the next. One finding for the system, told at its first member."""
    for circle in find_circles(build_graph(form), form.place):
        first, *rest = map(form.called, circle.chain)
        steps = f"{first} reads {', which reads '.join(rest)}"
        more = len(circle.members) - len(circle.chain) + 1
        steps += f"; and {more} more fields are part of it" if more else ""
        yield C03.found(
            about_field(circle.members[0]),
            f"{steps}. The live form computes this until it gives up, so none of these values can be relied "
            "on. Take one of the references out.",
            related=[about_field(member) for member in circle.members],
            data={"members": list(circle.members), "chain": list(circle.chain)},
        )


CALCULATIONS: Final = Maker(
    "calculations",
    frozenset({Resource.FIELDS}),
    (find_missing_references, find_self_references, find_circles_of_calculations),
)
