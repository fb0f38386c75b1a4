from __future__ import annotations

import pytest
from hypothesis import given

from bots.diagnostics import values
from tests.builders.anything import json_values


@pytest.mark.parametrize("written", [12, "12", " 12 ", 12.0])
def test_an_id_is_the_same_as_number_and_as_text(written: object) -> None:
    assert values.identifier(written) == "12"


@pytest.mark.parametrize("nothing", [None, True, [], {}, ["12"]])
def test_what_is_no_text_and_no_number_is_no_id(nothing: object) -> None:
    assert values.identifier(nothing) == ""


def test_zero_is_a_text() -> None:
    assert values.text(0) == "0"


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    assert values.text("a\ud800b") == "a?b"


@pytest.mark.parametrize("on", [True, 1, "1", "true"])
def test_a_switch_is_on_in_four_ways(on: object) -> None:
    assert values.flag(on)


@pytest.mark.parametrize("off", [False, 0, "0", "", None, "yes", [], {}, 2])
def test_everything_else_leaves_a_switch_off(off: object) -> None:
    assert not values.flag(off)


@pytest.mark.parametrize(("written", "number"), [("-3", -3), (7, 7), ("٣", None), ("3px", None), ("9" * 30, None)])
def test_a_whole_number_is_digits_and_nothing_else(written: object, number: int | None) -> None:
    assert values.whole_number(written) == number


def test_nan_is_no_number() -> None:
    assert values.number("nan") is None


def test_a_list_may_be_written_as_an_object_with_numbered_keys() -> None:
    assert values.entries({"0": "a", "1": "b"}) == ["a", "b"]
    assert values.entries({"a": 1}) is None


def test_a_shown_text_is_one_line_without_invisible_characters() -> None:
    assert values.shown("two\r\nlines \u202eturned\u200b\x00") == "two lines turned"


def test_a_long_text_is_cut() -> None:
    assert values.shown("x" * 10_000_000, 5) == "xxxx…"


@given(json_values)
def test_any_value_at_all_can_be_read(value: object) -> None:
    values.text(value).encode()
    values.flag(value)
    values.whole_number(value)
    values.entries(value)
    values.shown(values.text(value))
