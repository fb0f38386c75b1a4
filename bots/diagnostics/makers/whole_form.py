"""The form as a whole: whether it is live, what kind of form it is, and whether its parts fit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from bots.diagnostics.field import Field
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass
from bots.diagnostics.values import shown

_CONFIGURATION: Final = ObservationClass.CONFIGURATION
_ANALYSIS: Final = ObservationClass.ANALYSIS

F01: Final = Code("F01", Level.WARN, _CONFIGURATION, "The form is not live")
F02: Final = Code("F02", Level.WARN, _CONFIGURATION, "The workflow is not published")
F03: Final = Code("F03", Level.INFO, _CONFIGURATION, "The form works in a way of its own")
F04: Final = Code("F04", Level.WARN, _CONFIGURATION, "One question at a time does not go with this form")
F05: Final = Code("F05", Level.WARN, _CONFIGURATION, "Nothing is required")
F06: Final = Code("F06", Level.ERROR, _CONFIGURATION, "There is nothing to fill in")
F07: Final = Code("F07", Level.INFO, _ANALYSIS, "The form is large")
F08: Final = Code("F08", Level.WARN, _ANALYSIS, "A field is of an unknown type")
F09: Final = Code("F09", Level.ERROR, _ANALYSIS, "Two fields have the same id")
F10: Final = Code("F10", Level.WARN, _ANALYSIS, "The order of the fields is not clear")
F11: Final = Code("F11", Level.WARN, _CONFIGURATION, "A section has nothing in it")
F12: Final = Code("F12", Level.WARN, _CONFIGURATION, "A helper field was left on the form")
F13: Final = Code("F13", Level.WARN, _CONFIGURATION, "A form carries a script of its own")
F14: Final = Code("F14", Level.INFO, _ANALYSIS, "Part of the form was not there to be read")

KNOWN_TYPES: Final = frozenset(
    {
        *(
            "address",
            "checkbox",
            "creditcard",
            "datetime",
            "email",
            "embed",
            "file",
            "matrix",
            "name",
            "number",
            "phone",
        ),
        *("product", "radio", "rating", "richtext", "section", "select", "signature", "text", "textarea", "table"),
        *("tableheader", "tablecell"),
    }
)
MANY_FIELDS: Final = 100
MANY_BLOCKS: Final = 50
HELPER_PREFIX: Final = "marv_"
NAMED: Final = 5


def find_forms_not_live(form: Form) -> Iterator[Observation]:
    """F01: switched off, or thrown away."""
    switches = form.switches
    if switches.deleted or switches.inactive:
        what = "deleted" if switches.deleted else "switched off"
        yield F01.found(
            form.subject, f"The form is {what}, so nobody can submit it. Bring it back if it should be live."
        )


def find_unpublished_workflow(form: Form) -> Iterator[Observation]:
    """F02: it has steps, and they do not run."""
    if form.switches.workflow and not form.switches.published:
        yield F02.found(form.subject, "This is a workflow form, and its workflow is not published. Publish it.")


def find_special_ways(form: Form) -> Iterator[Observation]:
    """F03: what to know before looking for a fault elsewhere."""
    ways = {
        "its submissions need approval": form.switches.approvers,
        "its submissions are encrypted, so exports and e-mails are without them": form.switches.encrypted,
        "it shows one question at a time": form.switches.one_question,
    }
    told = [way for way, is_on in ways.items() if is_on]
    if told:
        yield F03.found(form.subject, f"To know about this form: {'; '.join(told)}.")


def find_unfit_for_one_question(form: Form) -> Iterator[Observation]:
    """F04: tables, matrices and sections with logic are shown whole or not at all."""
    if not form.switches.one_question:
        return
    unfit = [each for each in form.in_order if each.type in ("table", "matrix") or (each.is_section and each.logic)]
    if unfit:
        yield F04.found(
            form.subject,
            f"The form shows one question at a time, and {unfit[0].called} does not go with that. Show the whole "
            "form, or take it out.",
            related=[each.subject for each in unfit],
        )


def _inputs(form: Form) -> list[Field]:
    return [each for each in form.in_order if not each.is_static]


def find_nothing_required(form: Form) -> Iterator[Observation]:
    """F05: an empty submission is a submission."""
    inputs = _inputs(form)
    if inputs and not any(each.required for each in inputs):
        yield F05.found(
            form.subject, "No field is required, so the form can be submitted empty. Require what you need."
        )


def find_nothing_to_fill_in(form: Form) -> Iterator[Observation]:
    """F06: things to read, or nothing at all."""
    if not _inputs(form):
        yield F06.found(form.subject, "The form has no field that a visitor could fill in. Add one.")


def find_large_forms(form: Form) -> Iterator[Observation]:
    """F07: slow to load, and hard to test."""
    blocks = sum(1 for each in form.in_order if each.logic and each.logic.checks)
    if len(form.fields) > MANY_FIELDS or blocks > MANY_BLOCKS:
        yield F07.found(
            form.subject,
            f"The form has {len(form.fields):,} fields and {blocks:,} blocks of logic. Look whether it can be split.",
            data={"fields": len(form.fields), "blocks": blocks},
        )


def find_unknown_types(form: Form) -> Iterator[Observation]:
    """F08: newer than this catalogue, or broken. It was judged as a field that can hold anything."""
    for each in form.in_order:
        if each.type not in KNOWN_TYPES:
            yield F08.found(
                each.subject,
                f"{each.called} is of type “{shown(each.type)}”, which is not known here, so little can be said of it.",
            )


def find_ids_twice(form: Form) -> Iterator[Observation]:
    """F09: logic, formulas and submissions cannot tell them apart."""
    for field_id, count in Counter(each.id for each in form.fields).items():
        if count > 1:
            yield F09.found(
                form.by_id[field_id].subject,
                f"{count} fields have the id {shown(field_id, 30)}, so nothing that names it can be relied on. Remove "
                "all but one of them and make the others again.",
                data={"count": count},
            )


def find_unclear_order(form: Form) -> Iterator[Observation]:
    """F10: which section governs a field depends on it. Told once."""
    unclear = [each for each in form.in_order if each.sort is None]
    unclear += [b for a, b in pairwise(form.in_order) if a.sort is not None and a.sort == b.sort]
    if unclear:
        yield F10.found(
            unclear[0].subject,
            f"{len(unclear)} fields have no place of their own in the order of the form, {unclear[0].called} among "
            "them. Move them once in the form builder, which numbers them anew.",
            related=[each.subject for each in unclear],
        )


def find_empty_sections(form: Form) -> Iterator[Observation]:
    """F11: followed by another section, or by the end. A section with a text of its own may be meant to be read."""
    for each, following in pairwise([*form.in_order, None]):
        if each and each.is_section and (following is None or following.is_section) and not each.text.strip():
            yield F11.found(each.subject, f"{each.called} has no field and no text in it. Remove it, or fill it.")


def find_helper_fields(form: Form) -> Iterator[Observation]:
    """F12: made by a tool of the support's for analysis, and not for visitors."""
    for each in form.in_order:
        if any(name.strip().casefold().startswith(HELPER_PREFIX) for name in (each.label, each.internal_label)):
            yield F12.found(
                each.subject, f"{each.called} is a helper field of an analysis. Remove it from a live form."
            )


def find_scripts(form: Form) -> Iterator[Observation]:
    """F13: it may do anything with the form, and none of it is looked at here."""
    for each in form.in_order:
        if each.type == "embed" and "<script" in each.text.casefold():
            yield F13.found(
                each.subject,
                f"{each.called} carries a script, which can change fields and logic while a visitor looks. What is "
                "said here is said without it; try the form without it too.",
            )


def find_unread_parts(form: Form) -> Iterator[Observation]:
    """F14: what was not there to be read is said once, and never taken for none."""
    if form.unread:
        parts = ", ".join(_say_unread(resource, form) for resource in form.unread)
        yield F14.found(
            form.subject,
            f"Not read, and so not looked at: {parts}.",
            data={"not_read": [resource.value for resource in form.unread]},
        )


def _say_unread(resource: Resource, form: Form) -> str:
    why = form.unreadable.get(resource)
    return f"{resource.value} ({why})" if why else resource.value


WHOLE_FORM: Final = Maker(
    "form",
    frozenset({Resource.FORM}),
    (
        find_forms_not_live,
        find_unpublished_workflow,
        find_special_ways,
        find_unfit_for_one_question,
        find_nothing_required,
        find_nothing_to_fill_in,
        find_large_forms,
        find_unknown_types,
        find_ids_twice,
        find_unclear_order,
        find_empty_sections,
        find_helper_fields,
        find_scripts,
        find_unread_parts,
    ),
)
