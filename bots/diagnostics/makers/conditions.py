"""What logic compares with, and whether its conditions can come true at all.

A field shows if its own block and its section's block both let it; a block that hides is the opposite of one that
shows. Whether e-mails and webhooks can ever be sent is looked at by their own makers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bots.diagnostics.block import Conditional, Logic, Operator
from bots.diagnostics.field import DATE_TYPE, Field
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.gates import (
    MOST_STEPS,
    Gate,
    Literal,
    build_gate,
    can_open,
    find_clash,
    is_cut_off,
    never_closes,
)
from bots.diagnostics.logic import find_depths
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass, about_field
from bots.diagnostics.values import number, shown

_LOGIC: Final = ObservationClass.LOGIC

L09: Final = Code("L09", Level.WARN, _LOGIC, "Logic compares the size of what is no number")
L10: Final = Code("L10", Level.ERROR, _LOGIC, "The conditions of a field cannot be true together")
L12: Final = Code("L12", Level.INFO, _LOGIC, "Logic is true whatever is answered")
L13: Final = Code("L13", Level.INFO, _LOGIC, "Logic asks the same thing twice")
L14: Final = Code("L14", Level.INFO, _LOGIC, "The logic of a field repeats that of its section")
L15: Final = Code("L15", Level.WARN, _LOGIC, "Logic asks about a field whose value cannot be compared")
L16: Final = Code("L16", Level.WARN, _LOGIC, "Logic asks about a hidden field that nothing fills in")
L17: Final = Code("L17", Level.WARN, _LOGIC, "Logic asks about a field on a later page")
L18: Final = Code("L18", Level.INFO, _LOGIC, "A long chain of logic leads to a field")
L19: Final = Code("L19", Level.INFO, _LOGIC, "A block of logic has very many checks")
L20: Final = Code("L20", Level.WARN, _LOGIC, "“Is not one or is not the other” is always true")
L21: Final = Code("L21", Level.WARN, _LOGIC, "A field hides itself by what its section shows itself by")

X02: Final = Code("X02", Level.INFO, ObservationClass.ANALYSIS, "Logic was not judged in full")

LONG_CHAIN: Final = 5
MANY_CHECKS: Final = 20
INCOMPARABLE_TYPES: Final = frozenset({"creditcard", "signature", "file"})
_SIZES: Final = frozenset({Operator.GREATER_THAN, Operator.LESS_THAN})


def find_sizes_of_no_numbers(form: Form) -> Iterator[Observation]:
    """L09: greater or less, of a field that holds no number or than a value that is none. Dates are let off."""
    for holder in form.holders:
        for check in dict.fromkeys(holder.logic.checks):
            target = form.by_id.get(check.target)
            if check.operator not in _SIZES or target is None or target.type == DATE_TYPE:
                continue
            if not target.is_numeric:
                wrong = f"{target.called} holds no number"
            elif number(check.option) is None:
                wrong = f"“{shown(check.option)}” is no number"
            else:
                continue
            yield L09.found(
                holder.subject,
                f"The logic of {holder.called} asks whether {target.called} is {_SAID[check.operator]} "
                f"“{shown(check.option)}”, but {wrong}. Use “is” or “is not”, or a number field.",
                related=[target.subject],
            )


_SAID: Final = {
    Operator.EQUALS: "equal to",
    Operator.NOT_EQUALS: "not equal to",
    Operator.GREATER_THAN: "greater than",
    Operator.LESS_THAN: "less than",
}


def find_contradictions(form: Form) -> Iterator[Observation]:
    """L10: no answers at all let a field show, by its own block or by its own and its section's together."""
    for each, own, section, above in _gated(form):
        if not can_open([own], form):
            yield L10.found(
                each.subject, f"{_explain_clash(each, [own], form)} So it never shows. Take one of them out."
            )
        elif section and above and can_open([above], form) and not can_open([own, above], form):
            if _is_hiding_what_is_shown(each, section):
                continue  # L21
            yield L10.found(
                each.subject,
                f"{_explain_clash(each, [own, above], form)} The one is its own logic, the other that of "
                f"{section.called}, in which it stands. So it never shows. Change one of the two.",
                related=[section.subject],
            )


def find_hiding_what_the_section_shows(form: Form) -> Iterator[Observation]:
    """L21: the field's block hides where its section's block shows, so that it never shows."""
    for each, own, section, above in _gated(form):
        if section is None or above is None or not _is_hiding_what_is_shown(each, section):
            continue
        if can_open([own], form) and can_open([above], form) and not can_open([own, above], form):
            yield L21.found(
                each.subject,
                f"{each.called} hides under conditions that {section.called}, in which it "
                "stands, needs to show. So it never shows. Decide which of the two is meant.",
                related=[section.subject],
            )


def find_searches_cut_off(form: Form) -> Iterator[Observation]:
    """X02: more conditions about one field than are compared with each other; said, and not taken for sound."""
    for holder in form.holders:
        section = form.section_of(holder.of) if isinstance(holder.of, Field) else None
        gates = [build_gate(holder.logic, form), build_gate(section.logic, form) if section else None]
        if is_cut_off([gate for gate in gates if gate is not None], form):
            yield X02.found(
                holder.subject,
                f"The logic of {holder.called} has more conditions about one field than are compared with each other "
                f"here ({MOST_STEPS:,} comparisons), so whether they can be true together was not looked at in full.",
                data={"most": MOST_STEPS},
            )


def _gated(form: Form) -> Iterator[tuple[Field, Gate, Field | None, Gate | None]]:
    """Each field with a block of its own, and the section's block, each section's built once."""
    built: dict[str, Gate | None] = {}
    for each in form.by_id.values():
        own, section = build_gate(each.logic, form), form.section_of(each)
        if own is None:
            continue
        if section is not None and section.id not in built:
            built[section.id] = build_gate(section.logic, form)
        yield each, own, section, built.get(section.id) if section else None


def _is_hiding_what_is_shown(each: Field, section: Field) -> bool:
    return bool(each.logic and section.logic and each.logic.action is not section.logic.action)


def _explain_clash(each: Field, gates: list[Gate], form: Form) -> str:
    clash = find_clash(gates, form)
    if not clash:
        return f"{each.called} needs one of several conditions, and none of them can be true."
    demands = " and ".join(_say(literal) for literal in clash[:3])
    return f"{each.called} needs {form.called(clash[0].target)} to be {demands} at once."


def _say(literal: Literal) -> str:
    said = f"{_SAID[literal.operator]} “{shown(literal.option)}”"
    return said if literal.holds else f"anything but {said}"


def find_tautologies(form: Form) -> Iterator[Observation]:
    """L12: a block that no answers can make false. The best-known case has a code of its own (L20)."""
    for holder in form.holders:
        gate = build_gate(holder.logic, form)
        if gate and never_closes(gate, form) and not _find_either_not(gate, form):
            yield L12.found(
                holder.subject,
                f"The logic of {holder.called} is true whatever is answered, so it decides nothing. Remove it, or look "
                "whether something else was meant.",
            )


def find_either_nots(form: Form) -> Iterator[Observation]:
    """L20: "is not a" or "is not b", of a field that can be one of them only: always true."""
    for holder in form.holders:
        gate = build_gate(holder.logic, form)
        pair = _find_either_not(gate, form) if gate else None
        if pair:
            one, other = pair
            yield L20.found(
                holder.subject,
                f"The logic of {holder.called} is true if {form.called(one.target)} is not “{shown(one.option)}” or is "
                f"not “{shown(other.option)}”, and one of the two is always so. “All of these” was probably meant.",
                related=[about_field(one.target)],
            )


def _find_either_not(gate: Gate, form: Form) -> tuple[Literal, Literal] | None:
    if gate.joined_by is not Conditional.ANY:
        return None
    first: dict[str, Literal] = {}
    for literal in gate.literals:
        is_not = literal.operator in (Operator.EQUALS, Operator.NOT_EQUALS) and not literal.names_the_value
        if not is_not or form.by_id[literal.target].type == "checkbox":
            continue
        other = first.setdefault(literal.target, literal)
        if other.option.casefold() != literal.option.casefold():
            return other, literal
    return None


def find_repeated_checks(form: Form) -> Iterator[Observation]:
    """L13: the very same check more than once in one block."""
    for holder in form.holders:
        repeated = len(holder.logic.checks) - len(set(holder.logic.checks))
        if repeated:
            yield L13.found(
                holder.subject,
                f"The logic of {holder.called} asks {repeated} of its questions a second time. That does no harm and "
                "can be removed.",
            )


def find_repetitions_of_the_section(form: Form) -> Iterator[Observation]:
    """L14: a field's block is that of its section."""
    for each in form.by_id.values():
        section = form.section_of(each)
        if section and each.logic and section.logic and _is_same(each.logic, section.logic):
            yield L14.found(
                each.subject,
                f"The logic of {each.called} is that of {section.called}, in which it stands, so it adds nothing. "
                "It can be removed.",
                related=[section.subject],
            )


def _is_same(one: Logic, other: Logic) -> bool:
    same_way = (one.action, one.conditional) == (other.action, other.conditional)
    return bool(one.checks) and same_way and set(one.checks) == set(other.checks) and not one.faults


def find_incomparable_targets(form: Form) -> Iterator[Observation]:
    """L15: a check on a field that holds nothing to compare: text to read, a signature, a file, a card."""
    for holder in form.holders:
        for target_id in holder.logic.targets():
            target = form.by_id.get(target_id)
            if target and (target.is_static or target.type in INCOMPARABLE_TYPES):
                yield L15.found(
                    holder.subject,
                    f"The logic of {holder.called} asks about {target.called}, a field of type “{shown(target.type)}”, "
                    "whose value cannot be compared. Ask about another field.",
                    related=[target.subject],
                )


def find_hidden_targets(form: Form) -> Iterator[Observation]:
    """L16: a check on a hidden field without a default or a calculation. A link may still fill it in."""
    for holder in form.holders:
        for target_id in holder.logic.targets():
            target = form.by_id.get(target_id)
            if target and target.hidden and not (target.default or target.is_computed or target.is_static):
                yield L16.found(
                    holder.subject,
                    f"The logic of {holder.called} asks about {target.called}, which is hidden and has no default "
                    "value, so no visitor can fill it in. Fine if a link fills it in; otherwise give it a default.",
                    related=[target.subject],
                )


def find_targets_on_later_pages(form: Form) -> Iterator[Observation]:
    """L17: a field asks about one that a visitor comes to only later."""
    for each in form.by_id.values():
        for target_id in each.logic.targets() if each.logic else ():
            target = form.by_id.get(target_id)
            if target and form.page_of(target) > form.page_of(each):
                yield L17.found(
                    each.subject,
                    f"The logic of {each.called} on page {form.page_of(each)} asks about {target.called} on page "
                    f"{form.page_of(target)}, which is not answered yet when it matters. Move one of the two.",
                    related=[target.subject],
                )


def find_long_chains(form: Form) -> Iterator[Observation]:
    """L18: how many answers a field waits for, one after the other. Told where chains end, not at each link."""
    depths, waited_for = find_depths(form)
    for each in form.by_id.values():
        if depths[each.id] > LONG_CHAIN and each.id not in waited_for:
            yield L18.found(
                each.subject,
                f"{each.called} stands at the end of a chain in which {depths[each.id]} "
                "answers wait for each other. Hard to test by hand; look whether it can be shorter.",
                data={"depth": depths[each.id]},
            )


def find_many_checks(form: Form) -> Iterator[Observation]:
    """L19: a block that nobody reads through."""
    for holder in form.holders:
        if len(holder.logic.checks) > MANY_CHECKS:
            yield L19.found(
                holder.subject,
                f"The logic of {holder.called} has {len(holder.logic.checks)} checks. Look whether a section could "
                "carry them.",
                data={"checks": len(holder.logic.checks)},
            )


CONDITIONS: Final = Maker(
    "conditions",
    frozenset({Resource.FIELDS}),
    (
        find_sizes_of_no_numbers,
        find_contradictions,
        find_searches_cut_off,
        find_hiding_what_the_section_shows,
        find_tautologies,
        find_either_nots,
        find_repeated_checks,
        find_repetitions_of_the_section,
        find_incomparable_targets,
        find_hidden_targets,
        find_targets_on_later_pages,
        find_long_chains,
        find_many_checks,
    ),
)
