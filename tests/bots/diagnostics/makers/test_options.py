from __future__ import annotations

from typing import Any

import pytest

from bots.diagnostics.makers import options
from tests.bots.diagnostics.makers.finding import only, subjects
from tests.builders.forms import Raw, build_form, checkbox, radio, text


def labelled(*pairs: tuple[str, str], **keys: Any) -> Raw:
    return radio(1, **keys) | {"options": [{"label": label, "value": value} for label, value in pairs]}


@pytest.mark.parametrize("nothing", [[], "", None, {}])
def test_a_choice_without_options_is_found(nothing: Any) -> None:
    assert subjects(options.find_choices_without_options, build_form(radio(1) | {"options": nothing})) == ["1"]


def test_a_text_needs_no_options_and_room_for_another_answer_is_enough() -> None:
    assert not list(options.find_choices_without_options(build_form(text(1, options=""), radio(2, option_other="1"))))


def test_a_choice_of_one_is_found_unless_it_is_a_checkbox() -> None:
    form = build_form(radio(1, "a"), checkbox(2, "a"), radio(3, "a", "b"), radio(4, "a", option_other=1))
    assert subjects(options.find_choices_of_one, form) == ["1"]


def test_zero_is_no_empty_option() -> None:
    assert not list(options.find_empty_options(build_form(radio(1, 0, "0 "))))


@pytest.mark.parametrize("pair", [("", ""), ("a", " "), ("", "a")])
def test_an_empty_option_is_found(pair: tuple[str, str]) -> None:
    assert only(options.find_empty_options, build_form(labelled(pair, ("b", "b")))).data == {"empty": 1}


def test_values_twice_are_an_error_and_not_told_as_labels_too() -> None:
    form = build_form(labelled(("a", "1"), ("b", "1"), ("c", "2"), ("c", "2")))
    assert only(options.find_values_twice, form).data == {"values": ["1", "2"]}
    assert not list(options.find_labels_twice(form))


def test_labels_twice_are_found() -> None:
    assert only(options.find_labels_twice, build_form(labelled(("a", "1"), ("a ", "2")))).data == {"labels": ["a"]}


def test_empty_options_are_left_to_their_own_check() -> None:
    form = build_form(labelled(("", ""), ("", "")))
    assert not list(options.find_values_twice(form))
    assert not list(options.find_labels_twice(form))


def test_more_than_a_hundred_options_are_found() -> None:
    assert subjects(options.find_many_options, build_form(radio(1, *range(101)), radio(2, *range(100)))) == ["1"]


def test_a_blank_around_a_value_is_found() -> None:
    form = build_form(radio(1, "a ", "b"), radio(2, "a b"), radio(3, " "))
    assert subjects(options.find_blanks_around_options, form) == ["1"]
