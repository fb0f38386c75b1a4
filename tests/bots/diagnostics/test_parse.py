from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.diagnostics.block import Action, Conditional, Operator, parse_logic
from bots.diagnostics.diagnosis import diagnose
from bots.diagnostics.form import Form
from bots.diagnostics.parse import MAX_BYTES, MAX_FIELDS, Fault, Refusal, parse_form, parse_value
from tests.builders.anything import json_objects, json_values
from tests.builders.forms import asks, build_form, raw_form, shown_if, text
from tests.work import calls_of


def refusal(data: bytes) -> Refusal:
    result = parse_form(data)
    assert isinstance(result, Refusal)
    return result


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", Fault.EMPTY),
        (b" \n", Fault.EMPTY),
        (b"\xef\xbb\xbf", Fault.EMPTY),
        (b'{"id": "1", "fields": [', Fault.NOT_JSON),
        (b"<html></html>", Fault.NOT_JSON),
        (b'{"name": "\xff"}', Fault.NOT_TEXT),
        (b"[1, 2]", Fault.A_LIST),
        (b"3", Fault.NOT_AN_OBJECT),
        (b"null", Fault.NOT_AN_OBJECT),
        (b"{}", Fault.NO_FIELDS),
        (b'{"fields": "many"}', Fault.NO_FIELDS),
        (b'{"fields": {"a": 1}}', Fault.NO_FIELDS),
        (b'{"status": "error", "error": "A valid form was not found"}', Fault.API_ERROR),
        (b"9" * 5000, Fault.NOT_JSON),
        (b"[" * 200_000, Fault.TOO_DEEP),
        (b'{"fields": ' + b'{"0":' * 100_000 + b"1" + b"}" * 100_001, Fault.TOO_DEEP),
        (b" " * (MAX_BYTES + 1), Fault.TOO_LARGE),
        (json.dumps({"fields": [{"id": 1}] * (MAX_FIELDS + 1)}).encode(), Fault.TOO_MANY_FIELDS),
    ],
)
def test_what_is_no_form_is_refused_with_a_code_and_a_sentence(data: bytes, code: Fault) -> None:
    said = refusal(data)
    assert said.code == code
    assert said.sentence.endswith((".", "”."))


def test_a_syntax_error_is_told_with_its_place() -> None:
    assert "line 2, column 8" in refusal(b'{\n  "id" 1}').sentence


def test_a_byte_order_mark_does_no_harm() -> None:
    assert isinstance(parse_form(b"\xef\xbb\xbf" + json.dumps(raw_form()).encode()), Form)


def test_a_form_in_utf_16_is_read() -> None:
    assert isinstance(parse_form(json.dumps(raw_form(text(1))).encode("utf-16")), Form)


def test_a_form_without_fields_is_a_form() -> None:
    assert build_form().fields == ()


def test_a_bundle_holds_the_form_and_what_belongs_to_it() -> None:
    bundle = {
        "form": raw_form(text(1)),
        "notifications": {"notifications": [{"id": 7, "name": "Office", "logic": ""}]},
        "confirmations": [],
        "webhooks": [{"id": "8", "logic": shown_if(asks(1))}],
    }
    form = parse_value(bundle)
    assert isinstance(form, Form)
    assert [each.called for each in form.notifications or ()] == ["“Office” (notification 7)"]
    assert form.confirmations == ()
    assert [holder.called for holder in form.holders] == ["webhook 8"]
    assert form.unread == ()


def test_what_is_not_in_the_file_is_unread_and_not_empty() -> None:
    form = build_form(notifications=None)
    assert form.notifications is None
    assert len(form.unread) == 3


def test_entries_that_are_no_fields_are_passed_over_and_counted() -> None:
    form = parse_value({"fields": [None, "x", {"label": "no id"}, {"id": 1}], "webhooks": [3]})
    assert isinstance(form, Form)
    assert [each.id for each in form.fields] == ["1"]
    assert form.passed_over == 4


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_logic_can_be_absent_in_four_shapes(nothing: object) -> None:
    assert parse_logic(nothing) is None


def test_capitals_and_the_newer_api_are_understood() -> None:
    logic = parse_logic(
        {"action": "Show", "operator": "OR", "fields": [{"fieldId": "5", "comparisonOperator": "==", "value": "a"}]}
    )
    assert logic is not None
    assert (logic.action, logic.conditional, logic.faults) == (Action.SHOW, Conditional.ANY, ())
    assert (logic.checks[0].target, logic.checks[0].operator, logic.checks[0].option) == ("5", Operator.EQUALS, "a")


def test_nothing_is_filled_in_for_what_is_missing() -> None:
    logic = parse_logic({"checks": [{"field": 1}]})
    assert logic is not None
    assert (logic.action, logic.conditional, logic.checks[0].operator) == (None, None, None)
    assert logic.faults == ("it has no action", "it has no conditional")


@given(json_values)
def test_any_json_at_all_is_a_form_or_a_refusal(value: object) -> None:
    result = parse_form(json.dumps(value).encode())
    assert isinstance(result, Form | Refusal)
    if isinstance(result, Form):
        diagnose(result)


_KEYS = [
    *("id", "type", "label", "sort", "options", "logic", "calculation", "default", "option_other", "option_store"),
    *("field_one_calculation", "parent_tableheader_id", "column_field_type"),
]
_WORDS = ["section", "radio", "tablecell", "1", 1, "[1]", "[2] + [1]", shown_if(asks(1), asks("2"), asks(None, 0))]


@given(st.fixed_dictionaries({"fields": st.lists(json_objects(_KEYS, _WORDS) | json_values, max_size=6)}))
def test_any_fields_at_all_can_be_diagnosed(value: object) -> None:
    form = parse_form(json.dumps(value).encode())
    assert isinstance(form, Form)
    assert not [each for each in diagnose(form).observations if each.code == "X01"]


@given(st.binary(max_size=64))
def test_any_bytes_at_all_are_a_form_or_a_refusal(data: bytes) -> None:
    assert isinstance(parse_form(data), Form | Refusal)


def test_the_largest_file_of_fields_is_refused_after_a_few_steps_for_each() -> None:
    count = MAX_BYTES // 3 - 10
    data = b'{"fields": [' + b"{}," * count + b"{}]}"
    assert refusal(data).code == Fault.TOO_MANY_FIELDS
    assert calls_of(lambda: parse_form(data)) < 8 * count
