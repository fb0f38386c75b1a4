from __future__ import annotations

from typing import Any

import pytest

from bots.diagnostics.makers import fields
from bots.diagnostics.observations import Level
from tests.bots.diagnostics.makers.finding import only, subjects
from tests.builders.forms import Raw, asks, build_form, checkbox, field, number, radio, shown_if, text


class TestRequired:
    """R01 to R05"""

    @pytest.mark.parametrize("on", ["1", 1, True, "true"])
    def test_required_and_hidden_and_empty_is_an_error(self, on: Any) -> None:
        assert only(fields.find_required_and_hidden, build_form(text(1, required=on, hidden=on))).level is Level.ERROR

    @pytest.mark.parametrize(
        "keys", [{"default": "x"}, {"default": 0}, {"calculation": "1"}, {"hidden": "0"}, {"required": ""}]
    )
    def test_filled_or_shown_or_not_required_is_fine(self, keys: Raw) -> None:
        form = build_form({**text(1, required="1", hidden="1"), **keys})
        assert not list(fields.find_required_and_hidden(form))

    def test_a_cell_computed_by_its_column_is_fine(self) -> None:
        cell = field(2, "tablecell", parent_tableheader_id=1, required="1", hidden="1", readonly="1")
        form = build_form(field(1, "tableheader", calculation="1"), cell)
        assert not list(fields.find_required_and_hidden(form))

    def test_required_and_unreachable_is_found(self) -> None:
        form = build_form(radio(1, "Yes", required="1", logic=shown_if(asks(1))), radio(2, "Yes", required="1"))
        assert subjects(fields.find_required_and_unreachable, form) == ["1"]

    def test_required_and_read_only_and_empty_is_an_error(self) -> None:
        assert subjects(fields.find_required_and_readonly, build_form(text(1, required=1, readonly=1))) == ["1"]
        assert not list(fields.find_required_and_readonly(build_form(text(1, required=1, readonly=1, default="x"))))

    def test_required_and_read_only_and_hidden_is_told_once(self) -> None:
        form = build_form(text(1, required=1, readonly=1, hidden=1))
        assert not list(fields.find_required_and_readonly(form))

    @pytest.mark.parametrize("nothing", [[], "", None])
    def test_a_required_choice_of_nothing_is_found(self, nothing: Any) -> None:
        form = build_form(radio(1, required="1") | {"options": nothing})
        assert subjects(fields.find_required_without_options, form) == ["1"]

    def test_a_required_choice_that_takes_other_answers_is_fine(self) -> None:
        assert not list(fields.find_required_without_options(build_form(radio(1, required="1", option_other=1))))

    def test_something_to_read_cannot_be_required(self) -> None:
        form = build_form(field(1, "richtext", required="1"), field(2, "tableheader", required=""))
        assert subjects(fields.find_required_static, form) == ["1"]


class TestDefaults:
    """R06 to R08"""

    def test_a_default_that_is_no_option_is_found(self) -> None:
        assert subjects(fields.find_defaults_that_are_no_option, build_form(radio(1, "a", default="b"))) == ["1"]

    def test_a_default_of_zero_is_looked_for(self) -> None:
        assert not list(fields.find_defaults_that_are_no_option(build_form(radio(1, 0, 1, default="0"))))
        assert subjects(fields.find_defaults_that_are_no_option, build_form(radio(1, 1, default=0))) == ["1"]

    def test_a_checkbox_has_a_default_on_each_line(self) -> None:
        form = build_form(checkbox(1, "a", "b", default="a\r\nb\n"), checkbox(2, "a", default="a\nc"))
        found = only(fields.find_defaults_that_are_no_option, form)
        assert (found.subject.id, found.data["default"]) == ("2", "c")

    @pytest.mark.parametrize(
        "keys", [{"option_other": 1}, {"type": "text"}, {"default": ""}, {"default": {"a": ["b"]}}]
    )
    def test_where_anything_may_be_entered_any_default_may_be(self, keys: Raw) -> None:
        assert not list(fields.find_defaults_that_are_no_option(build_form(radio(1, "a", default="b") | keys)))

    @pytest.mark.parametrize(("default", "says"), [("x", "no number"), ("1", "less than"), (11, "more than")])
    def test_a_default_out_of_bounds_is_found(self, default: Any, says: str) -> None:
        form = build_form(number(1, default=default, min_value="2", max_value=10))
        assert says in only(fields.find_defaults_out_of_bounds, form).detail

    @pytest.mark.parametrize("default", ["2", 10, "", "5.5"])
    def test_a_default_within_bounds_is_fine(self, default: Any) -> None:
        form = build_form(number(1, default=default, min_value="2", max_value=10))
        assert not list(fields.find_defaults_out_of_bounds(form))

    @pytest.mark.parametrize("default", ["ada", "ada@", "ada@example", "a@b.c, d@e.f", "@example.org"])
    def test_a_default_that_is_no_address_is_found(self, default: str) -> None:
        form = build_form(field(1, "email", default=default))
        assert subjects(fields.find_defaults_that_are_no_address, form) == ["1"]

    @pytest.mark.parametrize("default", ["", "ada.l+x@mail.example.org", " ada@example.org "])
    def test_an_address_is_fine(self, default: str) -> None:
        assert not list(fields.find_defaults_that_are_no_address(build_form(field(1, "email", default=default))))


class TestBounds:
    """R09"""

    @pytest.mark.parametrize(
        "keys",
        [
            {"min_value": "10", "max_value": 2},
            {"min_value": 1, "max_value": 0},
            {"minlength": 10, "maxlength": "5"},
            {"min_quantity": "3", "max_quantity": "1"},
        ],
    )
    def test_a_least_above_the_most_is_found(self, keys: Raw) -> None:
        assert subjects(fields.find_bounds_upside_down, build_form(number(1, **keys))) == ["1"]

    @pytest.mark.parametrize(
        "keys",
        [
            {"min_value": 2, "max_value": 2},
            {"min_value": 5, "max_value": ""},
            {"minlength": 10, "maxlength": 0},
            {"min_quantity": 3, "max_quantity": "0"},
        ],
    )
    def test_no_limit_is_no_fault(self, keys: Raw) -> None:
        assert not list(fields.find_bounds_upside_down(build_form(number(1, **keys))))


class TestReadonlyAndUnique:
    """R10 and R11"""

    def test_read_only_and_empty_is_info(self) -> None:
        form = build_form(text(1, readonly="1"), text(2, readonly="1", default="x"), number(3, "1", readonly="1"))
        found = only(fields.find_readonly_and_empty, form)
        assert (found.subject.id, found.level) == ("1", Level.INFO)

    def test_what_will_be_alike_cannot_be_unique(self) -> None:
        form = build_form(
            radio(1, "a", uniq="1"), number(2, "1", uniq=1), text(3, uniq="1", default="x"), text(4, uniq="1"), text(5)
        )
        assert subjects(fields.find_unique_and_alike, form) == ["1", "2", "3"]
