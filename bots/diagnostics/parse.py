"""From bytes to a form, or to a clear refusal. Any JSON at all gives one of the two, never an exception.

    bytes ─ size, text, JSON ─▶ value ─ a form, or a bundle with one ─▶ fields ─ entry by entry ─▶ Form
       └──────────────┴────────────────────┴──▶ Refusal(code, sentence)

A bundle is ``{"form": {…}, "notifications": …, "confirmations": …, "webhooks": …, "submission": …, "unreadable": …}``;
the three in the middle may also stand in the form object itself, as lists or wrapped as the vendor's API answers them.
What is not there is None, not empty; `unreadable` says of what was looked for why it is not there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from bots.diagnostics.action import SubmitAction, parse_confirmation, parse_notification, parse_webhook
from bots.diagnostics.field import parse_field
from bots.diagnostics.form import Form, Resource, Switches
from bots.diagnostics.submission import Submission, is_submission, parse_submission
from bots.diagnostics.values import entries, flag, identifier, is_nothing, mapping, shown, text

MAX_BYTES: Final = 10 * 1024 * 1024
"""The largest exports seen are near 2 MB, most of it the rendered HTML that nothing here reads."""
MAX_FIELDS: Final = 20_000
"""Ten times the largest form that we promise to judge within a second."""


class Fault(StrEnum):
    """Why something is not a form: a closed list."""

    EMPTY = "FORM_EMPTY"
    TOO_LARGE = "FORM_TOO_LARGE"
    NOT_TEXT = "FORM_NOT_TEXT"
    NOT_JSON = "FORM_NOT_JSON"
    TOO_DEEP = "FORM_TOO_DEEP"
    A_LIST = "FORM_IS_A_LIST"
    A_SUBMISSION = "FORM_IS_A_SUBMISSION"
    NOT_AN_OBJECT = "FORM_NOT_AN_OBJECT"
    API_ERROR = "FORM_IS_AN_ERROR"
    NO_FIELDS = "FORM_HAS_NO_FIELDS"
    TOO_MANY_FIELDS = "FORM_HAS_TOO_MANY_FIELDS"


@dataclass(frozen=True, slots=True)
class Refusal:
    """No form, and what would be one."""

    code: Fault
    sentence: str


WHOLE_FORM: Final = "Export the whole form (what the API answers to GET form/{id}.json) and send that."


def parse_form(data: bytes) -> Form | Refusal:
    """Read a file, or what somebody pasted."""
    if len(data) > MAX_BYTES:
        return too_large(len(data))
    try:
        written = data.decode(json.detect_encoding(data))
    except UnicodeDecodeError:
        return Refusal(Fault.NOT_TEXT, f"The file is not text in UTF-8, so it is no JSON. {WHOLE_FORM}")
    if not written.strip("\ufeff \t\r\n\0"):
        return Refusal(Fault.EMPTY, f"The file is empty. {WHOLE_FORM}")
    try:
        value = json.loads(written.removeprefix("\ufeff"))
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        return Refusal(Fault.NOT_JSON, f"The file is not JSON: {fault.msg} at {where}. {WHOLE_FORM}")
    except RecursionError:
        return Refusal(Fault.TOO_DEEP, f"The JSON is nested deeper than any form is. {WHOLE_FORM}")
    except ValueError:
        return Refusal(Fault.NOT_JSON, f"The file holds a number of more than 4,300 digits. {WHOLE_FORM}")
    return parse_value(value)


def too_large(size: int | None = None) -> Refusal:
    """For a file whose size alone is reason enough not to read it, as far as the size is known."""
    limit = MAX_BYTES // 1024 // 1024
    measured = f"The file has {size / 1024 / 1024:.1f} MB; up to" if size else "The file is too large; up to"
    return Refusal(
        Fault.TOO_LARGE,
        f"{measured} {limit} MB are read. Leave out the submissions, and the keys “html” and “v4html”.",
    )


def parse_value(value: Any) -> Form | Refusal:
    """Read what JSON came to."""
    if isinstance(value, list):
        return Refusal(Fault.A_LIST, f"This is a list of {len(value)} entries, and a form is an object. {WHOLE_FORM}")
    if not isinstance(value, dict):
        return Refusal(Fault.NOT_AN_OBJECT, f"This is a single value, and a form is an object. {WHOLE_FORM}")
    form = value["form"] if isinstance(value.get("form"), dict) else value
    if "fields" not in form:
        if is_submission(value):
            return Refusal(
                Fault.A_SUBMISSION,
                "This is a submission, and by itself it says little. Name the form it belongs to as well: its file, "
                "or “form” and its number.",
            )
        return _refuse_without_fields(value)
    raw_fields = [] if is_nothing(form["fields"]) else entries(form["fields"])
    if raw_fields is None:
        return Refusal(Fault.NO_FIELDS, f"The key “fields” of this form is no list. {WHOLE_FORM}")
    if len(raw_fields) > MAX_FIELDS:
        return Refusal(
            Fault.TOO_MANY_FIELDS, f"This form has {len(raw_fields):,} fields; up to {MAX_FIELDS:,} are judged."
        )
    return _build_form(value, form, raw_fields)


def _refuse_without_fields(value: Mapping[str, Any]) -> Refusal:
    if not is_nothing(value.get("error")):
        said = shown(text(value["error"]), 120)
        return Refusal(
            Fault.API_ERROR, f"This is no form but an error message of the vendor’s API: “{said}”. {WHOLE_FORM}"
        )
    return Refusal(Fault.NO_FIELDS, f"This JSON object has no list of “fields”. {WHOLE_FORM}")


_Action = TypeVar("_Action", bound=SubmitAction)


def _build_form(bundle: Mapping[str, Any], form: Mapping[str, Any], raw_fields: list[Any]) -> Form:
    fields = tuple(
        parse_field(raw, index) for index, raw in enumerate(raw_fields) if identifier(mapping(raw).get("id"))
    )
    notifications, passed_over_1 = _parse_all(_find_list(bundle, form, "notifications"), parse_notification)
    confirmations, passed_over_2 = _parse_all(_find_list(bundle, form, "confirmations"), parse_confirmation)
    webhooks, passed_over_3 = _parse_all(_find_list(bundle, form, "webhooks"), parse_webhook)
    form_id, unreadable = identifier(form.get("id")), _parse_unreadable(bundle.get("unreadable"))
    submission = parse_submission(bundle.get("submission"))
    if (stray := _explain_stray(submission, form_id, bundle)) is not None:
        submission, unreadable[Resource.SUBMISSION] = None, stray
    return Form(
        id=form_id,
        name=text(form.get("name")),
        fields=fields,
        notifications=notifications,
        confirmations=confirmations,
        webhooks=webhooks,
        submission=submission,
        unreadable=unreadable,
        switches=Switches(
            inactive=flag(form.get("inactive")),
            deleted=flag(form.get("deleted")),
            workflow=flag(form.get("is_workflow_form")),
            published=flag(form.get("is_workflow_published")),
            approvers=flag(form.get("has_approvers")),
            encrypted=flag(form.get("encrypted")),
            one_question=flag(form.get("should_display_one_question_at_a_time")),
        ),
        passed_over=len(raw_fields) - len(fields) + passed_over_1 + passed_over_2 + passed_over_3,
    )


def _parse_unreadable(value: Any) -> dict[Resource, str]:
    said = mapping(value)
    return {resource: shown(text(said[resource.value]), 200) for resource in Resource if text(said.get(resource.value))}


def _explain_stray(submission: Submission | None, form_id: str, bundle: Mapping[str, Any]) -> str | None:
    if submission is None:
        return None if is_nothing(bundle.get("submission")) else "it has not the shape of a submission"
    if submission.form_id and form_id and submission.form_id != form_id:
        return f"it belongs to form {shown(submission.form_id, 30)}"
    return None


def _find_list(bundle: Mapping[str, Any], form: Mapping[str, Any], key: str) -> list[Any] | None:
    for place in (bundle, form):
        value = place.get(key)
        # As the API answers: {"notifications": [...]}
        inner = value[key] if isinstance(value, dict) and key in value else value
        if inner is not None and is_nothing(inner):
            return []
        if (found := entries(inner)) is not None:
            return found
    return None


def _parse_all(
    raw_actions: list[Any] | None, parse: Callable[[Mapping[str, Any]], _Action]
) -> tuple[tuple[_Action, ...] | None, int]:
    if raw_actions is None:
        return None, 0
    actions = tuple(parse(raw) for raw in map(mapping, raw_actions) if identifier(raw.get("id")))
    return actions, len(raw_actions) - len(actions)
