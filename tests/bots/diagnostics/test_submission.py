from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from bots.diagnostics.diagnosis import diagnose
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.parse import parse_form
from bots.diagnostics.submission import parse_submission
from tests.builders.anything import json_values
from tests.builders.forms import build_form, raw_form, text


@pytest.mark.parametrize(
    "data",
    [
        [{"field": "1", "value": "a"}],
        [{"field": 1, "value": "a"}],
        {"1": {"field": "1", "label": "Name", "value": "a"}},
        {"1": "a"},
    ],
)
def test_the_shapes_that_the_api_answers_come_to_the_same(data: Any) -> None:
    submission = parse_submission({"id": 9, "form": 4711, "data": data})
    assert submission is not None
    assert (submission.id, submission.form_id, dict(submission.values)) == ("9", "4711", {"1": "a"})


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("a\nb", "a\nb"),
        (["a", "b"], "a\nb"),
        ({"first": "A", "last": "B"}, "first = A\nlast = B"),
        (None, ""),
        (0, "0"),
    ],
)
def test_values_of_many_parts_become_lines(value: Any, stored: str) -> None:
    submission = parse_submission({"data": [{"field": 1, "value": value}]})
    assert submission is not None
    assert submission.value_of("1") == stored


@pytest.mark.parametrize("value", [None, {}, {"data": "x"}, {"data": [1]}, {"data": [], "fields": []}, [1]])
def test_what_is_no_submission_is_none(value: Any) -> None:
    assert parse_submission(value) is None


@given(json_values)
def test_any_submission_at_all_can_be_diagnosed(value: Any) -> None:
    form = parse_form(json.dumps({"form": raw_form(text(1)), "submission": {"data": {"1": value}}}).encode())
    assert isinstance(form, Form)
    assert not [each for each in diagnose(form).observations if each.code == "X01"]


def test_one_of_another_form_is_not_used_and_that_is_said() -> None:
    form = build_form(text(1), submission={"form": "5", "data": []})
    assert form.submission is None
    assert "submission (it belongs to form 5)" in next(
        each.detail for each in diagnose(form).observations if each.code == "F14"
    )


def test_that_there_is_none_is_not_worth_a_word() -> None:
    form = build_form(text(1), notifications=[], confirmations=[], webhooks=[])
    assert form.unread == ()
    lacking = [maker.name for maker in diagnose(form).makers if Resource.SUBMISSION in maker.lacked]
    assert lacking == ["submission"]


def test_a_submission_alone_is_refused_with_what_to_add() -> None:
    refused = parse_form(b'{"id": "9", "form": "4711", "data": []}')
    assert not isinstance(refused, Form)
    assert refused.code == "FORM_IS_A_SUBMISSION"
