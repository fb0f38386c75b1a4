"""Logic as it is built: what it asks about, what it asks for, and whether it can ever open.

A check that asks about a field which is gone, or for an option which is gone, is reported here once and treated as able
to hold everywhere else, so that one mistake does not come back under three codes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from bots.diagnostics.block import Operator
from bots.diagnostics.field import DATE_TYPE, Field
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.logic import build_graph, find_circles, find_reachable
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass, about_field
from bots.diagnostics.values import shown

_LOGIC: Final = ObservationClass.LOGIC

L01: Final = Code("L01", Level.ERROR, _LOGIC, "Logic asks about a field that is not on the form")
L02: Final = Code("L02", Level.ERROR, _LOGIC, "A field is shown or hidden by its own answer")
L03: Final = Code("L03", Level.ERROR, _LOGIC, "Fields wait for each other in a circle")
L04: Final = Code("L04", Level.ERROR, _LOGIC, "A section is shown or hidden by a field inside it")
L05: Final = Code("L05", Level.ERROR, _LOGIC, "Logic asks for an option that the field does not have")
L06: Final = Code("L06", Level.WARN, _LOGIC, "Logic compares with nothing")
L07: Final = Code("L07", Level.ERROR, _LOGIC, "Logic is not written as the vendor's engine reads it")
L08: Final = Code("L08", Level.WARN, _LOGIC, "Logic has no checks")
L11: Final = Code("L11", Level.ERROR, _LOGIC, "A field can never be reached")


def find_missing_targets(form: Form) -> Iterator[Observation]:
    """L01: a check names a field that is not on the form, or none at all."""
    for holder in form.holders:
        missing = [t for t in holder.logic.targets() if t not in form.by_id]
        for target in missing:
            yield L01.found(
                holder.subject,
                f"The logic of {holder.called} asks about field {shown(target, 30)}, which is not on the form; it was "
                "probably deleted. Choose another field in that logic, or remove the check.",
                related=[about_field(target)],
                data={"target": target},
            )
        if any(not check.target for check in holder.logic.checks):
            yield L01.found(
                holder.subject,
                f"The logic of {holder.called} has a check that names no field. Choose a field, or remove the check.",
                data={"target": None},
            )


def find_self_references(form: Form) -> Iterator[Observation]:
    """L02: a field's own block asks about the field itself."""
    for each in form.by_id.values():
        if each.logic and each.id in each.logic.targets():
            yield L02.found(
                each.subject,
                f"The logic of {each.called} asks about {each.called} itself, which nobody can answer before it shows. "
                "Choose another field in that logic, or remove the check.",
            )


def find_circles_of_logic(form: Form) -> Iterator[Observation]:
    """L03: two or more fields, each waiting for the next. One finding for the whole system, told at its first member.

    An error where none of them can ever be reached; a warning where there is a way in. A field that waits for itself
    alone is L02, a section that waits for a field inside it is L04.
    """
    graph, reachable = build_graph(form), find_reachable(form)
    for circle in find_circles(graph, form.place):
        is_closed = not reachable.intersection(circle.members)
        told, more = circle.steps()
        steps = "; ".join(_say_step(form, waiting, target) for waiting, target in told) + more
        yield L03.found(
            about_field(circle.members[0]),
            f"{steps}. "
            + (
                "None of them can ever be shown. Take one of these checks out to open the circle."
                if is_closed
                else "There is a way in, but what a visitor sees may depend on the order of their answers. "
                "Take one of these checks out."
            ),
            related=[about_field(member) for member in circle.members],
            level=Level.ERROR if is_closed else Level.WARN,
            data={"members": list(circle.members), "chain": list(circle.chain)},
        )


def _say_step(form: Form, waiting: str, target: str) -> str:
    field = form.by_id[waiting]
    if field.logic and target in field.logic.targets():
        return f"{field.called} waits for {form.called(target)}"
    section = form.section_of(field)
    inside = f", being in {section.called}," if section else ""
    return f"{field.called}{inside} waits for {form.called(target)}"


def find_sections_shown_by_their_own(form: Form) -> Iterator[Observation]:
    """L04: the block of a section asks about a field that this section governs."""
    for section in form.by_id.values():
        if not (section.is_section and section.logic):
            continue
        for target in section.logic.targets():
            child = form.by_id.get(target)
            if child is not None and form.section_of(child) is section:
                yield L04.found(
                    section.subject,
                    f"The logic of {section.called} asks about {child.called}, which stands inside that section and is "
                    "not there to be answered while the section is hidden. Move the field before the section, or "
                    "choose another one.",
                    related=[child.subject],
                )


def find_absent_options(form: Form) -> Iterator[Observation]:
    """L05: a check compares a choice with an option that it does not offer. An option ``0`` is an option.

    `variant` in the data says which kind: ``L05-spelling``, ``L05-label``, ``L05-none`` or ``L05-absent``.
    """
    offers: dict[str, _Offer] = {}
    for holder in form.holders:
        for check in dict.fromkeys(holder.logic.checks):
            target = form.by_id.get(check.target)
            if target is None or not target.is_choice or target.option_other or not check.option:
                continue
            if check.operator not in (Operator.EQUALS, Operator.NOT_EQUALS):
                continue
            offer = offers.get(target.id) or offers.setdefault(target.id, _Offer(target))
            if check.option in offer.accepted:
                continue
            variant, advice = offer.explain(check.option)
            yield L05.found(
                holder.subject,
                f"The logic of {holder.called} asks whether {target.called} is “{shown(check.option)}”, which is not "
                f"one of its options. {advice}",
                related=[target.subject],
                data={"option": check.option, "variant": variant},
            )


class _Offer:
    """The options of one field, made ready for many questions."""

    def __init__(self, field: Field) -> None:
        options = field.options or ()
        self.accepted = {option.value for option in options}
        if field.option_store == "label":
            self.accepted |= {option.label for option in options}
        self._by_spelling = {_fold(option.value): option.value for option in reversed(options)}
        self._by_label = {option.label: option.value for option in reversed(options)}

    def explain(self, asked: str) -> tuple[str, str]:
        """Which kind of absence it is, and what to do."""
        if not self.accepted:
            return "L05-none", "It has no options at all."
        if (meant := self._by_spelling.get(_fold(asked))) is not None:
            return "L05-spelling", f"It has “{shown(meant)}”, which differs in capitals or blanks only: write that."
        if (meant := self._by_label.get(asked)) is not None:
            return "L05-label", f"That is the label of the option whose stored value is “{shown(meant)}”: ask for that."
        return "L05-absent", "It was probably renamed or deleted. Choose one that is there, or remove the check."


def _fold(written: str) -> str:
    return " ".join(written.split()).casefold()


def find_comparisons_with_nothing(form: Form) -> Iterator[Observation]:
    """L06: the value to compare with is empty. ``0`` is not."""
    for holder in form.holders:
        targets = dict.fromkeys(check.target for check in holder.logic.checks if not check.option)
        for target in targets:
            yield L06.found(
                holder.subject,
                f"The logic of {holder.called} compares {form.called(target) if target else 'no field'} with nothing. "
                "If “is empty” is meant, try it on the live form; otherwise choose a value.",
                related=[about_field(target)] if target else [],
            )


def find_unknown_words(form: Form) -> Iterator[Observation]:
    """L07: an action, a way of joining or a condition that is unknown or missing, or checks that are no list.

    Dates are let off: the product has conditions for them that the API does not document.
    """
    for holder in form.holders:
        faults = list(holder.logic.faults)
        for check in holder.logic.checks:
            target = form.by_id.get(check.target)
            if check.operator is None and not (target and target.type == DATE_TYPE and check.condition):
                faults.append(
                    f"a condition is “{shown(check.condition)}”" if check.condition else "a check has no condition"
                )
        if faults:
            yield L07.found(
                holder.subject,
                f"The logic of {holder.called} cannot be relied on: {'; '.join(dict.fromkeys(faults))}. "
                "Open it in the form builder, set it again and save.",
            )


def find_blocks_without_checks(form: Form) -> Iterator[Observation]:
    """L08: a block of logic with an action and nothing to decide by."""
    for holder in form.holders:
        if not holder.logic.checks and not holder.logic.faults:
            yield L08.found(
                holder.subject,
                f"{holder.called} has logic switched on without any check. Add a check, or switch the logic off.",
            )


def find_unreachable(form: Form) -> Iterator[Observation]:
    """L11: no answers whatever lead to this field.

    Members of a closed circle, and fields and sections that wait for themselves, have said so already (L02, L03, L04);
    the fields of a section that cannot be reached are counted at the section.
    """
    reachable = find_reachable(form)
    left_out = [each for each in form.by_id.values() if each.id not in reachable]
    explained = {
        subject.id
        for check in (find_self_references, find_circles_of_logic, find_sections_shown_by_their_own)
        for finding in check(form)
        if finding.level is Level.ERROR
        for subject in (finding.subject, *finding.related)
    }
    gone = {each.id for each in left_out}
    inside = Counter(section.id for each in left_out if (section := form.section_of(each)))
    for each in left_out:
        section = form.section_of(each)
        if each.id in explained or (section is not None and section.id in gone):
            continue
        causes = [t for t in (each.logic.targets() if each.logic else ()) if t in gone]
        waits_for = ", ".join(map(form.called, causes[:3])) or "itself"
        with_it = f", and with it the {inside[each.id]} fields inside it," if inside[each.id] else ""
        yield L11.found(
            each.subject,
            f"{each.called}{with_it} can never be shown, because its logic waits for "
            f"{waits_for}, which can never be shown either. Repair that first.",
            related=[about_field(cause) for cause in causes],
        )


LOGIC: Final = Maker(
    "logic",
    frozenset({Resource.FIELDS}),
    (
        find_missing_targets,
        find_self_references,
        find_circles_of_logic,
        find_sections_shown_by_their_own,
        find_absent_options,
        find_comparisons_with_nothing,
        find_unknown_words,
        find_blocks_without_checks,
        find_unreachable,
    ),
)
