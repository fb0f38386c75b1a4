"""What fields are called: by nothing, by the same, by what breaks where it is shown or sent on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bots.diagnostics.field import Field
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.labels import asked_fields, fold_label, group_fields
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass
from bots.diagnostics.values import shown

_LABEL: Final = ObservationClass.LABEL

B01: Final = Code("B01", Level.WARN, _LABEL, "A field has no label")
B02: Final = Code("B02", Level.WARN, _LABEL, "A label has blanks that nobody sees")
B03: Final = Code("B03", Level.WARN, _LABEL, "Several fields have the same label")
B04: Final = Code("B04", Level.WARN, _LABEL, "Several fields have the same name")
B05: Final = Code("B05", Level.INFO, _LABEL, "A field says nothing about itself")
B06: Final = Code("B06", Level.WARN, _LABEL, "A label has HTML in it")
B07: Final = Code("B07", Level.INFO, _LABEL, "A label is very long")

LONG_LABEL: Final = 255
NAMED: Final = 5
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_ODD_BLANKS: Final = re.compile(r"\A\s|\s\Z|\s\s")


def find_fields_without_label(form: Form) -> Iterator[Observation]:
    """B01: in e-mails, exports and here it can only be called by its number."""
    for each in asked_fields(form):
        if not each.label.strip():
            yield B01.found(
                each.subject, f"{each.called} has no label. Give it one; it can be hidden from the visitor if need be."
            )


def find_odd_blanks(form: Form) -> Iterator[Observation]:
    """B02: who compares labels, or posts by them, has to know of the blank."""
    for each in asked_fields(form):
        if each.label.strip() and _ODD_BLANKS.search(each.label):
            yield B02.found(
                each.subject,
                f"The label of {each.called} begins or ends with a blank, or has two in a row. Remove them.",
            )


def find_labels_twice(form: Form) -> Iterator[Observation]:
    """B03: told once for all who share it. An error where a webhook posts by label: then only the last one arrives."""
    posting = [webhook for webhook in form.webhooks or () if webhook.posts_by_name]
    for label, sharing in group_fields(form, fold_label):
        consequence = (
            f"{posting[0].called} posts by label, so of these only the last one arrives."
            if posting
            else "In e-mails and exports they cannot be told apart."
        )
        yield B03.found(
            sharing[0].subject,
            f"{len(sharing)} fields are called “{shown(sharing[0].label)}”: {_say_ids(sharing)}. {consequence} "
            "Rename them.",
            related=[each.subject for each in sharing],
            level=Level.ERROR if posting else Level.WARN,
            data={"label": label[:LONG_LABEL]},
        )


def find_names_twice(form: Form) -> Iterator[Observation]:
    """B04: the vendor's own key for a field, made from its label when it was made."""
    for slug, sharing in group_fields(form, lambda each: each.slug.strip()):
        yield B04.found(
            sharing[0].subject,
            f"{len(sharing)} fields have the same name “{shown(slug)}”: {_say_ids(sharing)}. What is sent by name "
            "carries one of them only. Rename them, or send by id.",
            related=[each.subject for each in sharing],
            data={"name": slug[:LONG_LABEL]},
        )


def _say_ids(fields: list[Field]) -> str:
    named = ", ".join(f"field {shown(each.id, 30)}" for each in fields[:NAMED])
    return f"{named}{' …' if len(fields) > NAMED else ''}"


def find_silent_fields(form: Form) -> Iterator[Observation]:
    """B05: its label is hidden, and nothing else says what to enter."""
    for each in asked_fields(form):
        if each.hides_label and not each.hint.strip() and not each.hidden:
            yield B05.found(
                each.subject,
                f"{each.called} hides its label and has neither a description nor a placeholder. A visitor "
                "has to guess.",
            )


def find_html_in_labels(form: Form) -> Iterator[Observation]:
    """B06: shown as it is written in e-mails and exports."""
    for each in asked_fields(form):
        if _TAG.search(each.label[: LONG_LABEL * 40]):
            yield B06.found(
                each.subject,
                f"The label of {each.called} has HTML in it, which e-mails and exports show as it is written. Put it "
                "into the description.",
            )


def find_long_labels(form: Form) -> Iterator[Observation]:
    """B07: what is that long is an explanation."""
    for each in asked_fields(form):
        if len(each.label) > LONG_LABEL:
            yield B07.found(
                each.subject,
                f"The label of {each.called} has {len(each.label):,} characters. Put the explanation into the "
                "description.",
                data={"length": len(each.label)},
            )


LABELS: Final = Maker(
    "labels",
    frozenset({Resource.FIELDS}),
    (
        find_fields_without_label,
        find_odd_blanks,
        find_labels_twice,
        find_names_twice,
        find_silent_fields,
        find_html_in_labels,
        find_long_labels,
    ),
)
