from __future__ import annotations

from typing import Any

import pytest

from bots.diagnostics.form import Form
from bots.diagnostics.makers import submissions
from tests.bots.diagnostics.makers.finding import only, subjects
from tests.builders.forms import Raw, asks, build_form, checkbox, field, hidden_if, number, radio, shown_if, text


def submitted(values: dict[int, Any], *fields: Raw) -> Form:
    """A form with a submission as the vendor's API answers it."""
    rows = [{"field": str(field_id), "value": value} for field_id, value in values.items()]
    return build_form(*fields, submission={"id": "9", "form": "4711", "data": rows})


def test_without_a_submission_nothing_is_said_of_one() -> None:
    assert not [found for check in submissions.SUBMISSIONS.checks for found in check(build_form(text(1, required=1)))]


class TestOptions:
    """S01"""

    def test_a_value_that_is_not_offered_is_found(self) -> None:
        form = submitted({1: "c"}, radio(1, "a", "b"))
        assert only(submissions.find_values_that_are_no_option, form).data == {"value": "c"}

    def test_one_of_several_ticked_is_found(self) -> None:
        form = submitted({1: "a\nc"}, checkbox(1, "a", "b"))
        assert subjects(submissions.find_values_that_are_no_option, form) == ["1"]

    @pytest.mark.parametrize("value", ["a", "", "0", "zero"])
    def test_values_labels_and_blanks_are_fine(self, value: str) -> None:
        options = [{"label": "a", "value": "a"}, {"label": "zero", "value": "0"}]
        assert not list(
            submissions.find_values_that_are_no_option(submitted({1: value}, field(1, "radio", options=options)))
        )

    def test_another_answer_is_fine_where_it_may_be_given(self) -> None:
        form = submitted({1: "c"}, radio(1, "a", option_other="1"))
        assert not list(submissions.find_values_that_are_no_option(form))


class TestRequired:
    """S02"""

    def test_a_required_field_that_showed_and_is_blank_is_found(self) -> None:
        form = submitted({1: "Yes"}, radio(1, "Yes"), text(2, required="1", logic=shown_if(asks(1))))
        assert subjects(submissions.find_required_blanks, form) == ["2"]

    def test_one_that_did_not_show_is_fine(self) -> None:
        form = submitted({1: ""}, radio(1, "Yes"), text(2, required="1", logic=shown_if(asks(1))))
        assert not list(submissions.find_required_blanks(form))

    def test_one_of_which_it_cannot_be_told_is_let_off(self) -> None:
        form = submitted({}, field(1, "datetime"), text(2, required="1", logic=shown_if(asks(1, "x"))))
        assert not list(submissions.find_required_blanks(form))


class TestHidden:
    """S03"""

    def test_a_value_of_a_field_that_did_not_show_is_found(self) -> None:
        form = submitted({1: "Yes", 2: "x"}, radio(1, "Yes"), text(2, logic=hidden_if(asks(1))))
        assert subjects(submissions.find_values_of_hidden_fields, form) == ["2"]

    def test_a_chain_is_followed(self) -> None:
        second = radio(2, "Yes", logic=shown_if(asks(1)))
        form = submitted({1: "No", 2: "Yes", 3: "x"}, radio(1, "Yes", "No"), second, text(3, logic=shown_if(asks(2))))
        assert subjects(submissions.find_values_of_hidden_fields, form) == ["2", "3"]

    def test_a_field_that_is_hidden_for_good_is_meant_to_have_one(self) -> None:
        form = submitted({2: "x"}, radio(1, "Yes"), text(2, hidden="1", logic=shown_if(asks(1))))
        assert not list(submissions.find_values_of_hidden_fields(form))


@pytest.mark.parametrize(("value", "is_found"), [("many", True), ("12", False), ("$ 1,200.50", False), ("", False)])
def test_a_number_that_is_none_is_found(value: str, is_found: bool) -> None:
    """S04"""
    assert bool(list(submissions.find_numbers_that_are_none(submitted({1: value}, number(1))))) is is_found


@pytest.mark.parametrize(
    ("value", "is_found"),
    [
        ("soon", True),
        ("1970-01-01", True),
        ("1969-12-31 19:00:00", True),
        ("Jan 01, 1970", True),
        ("1970-01-03", False),
        ("2024-02-29 08:15:00", False),
        ("Nov 20, 2026 01:15 PM", False),
        ("2026-11-20T10:00:00Z", False),
        ("08:15", False),
        ("", False),
    ],
)
def test_a_date_that_nobody_meant_is_found(value: str, is_found: bool) -> None:
    """S05"""
    assert bool(list(submissions.find_dates_that_are_none(submitted({1: value}, field(1, "datetime"))))) is is_found


@pytest.mark.parametrize(
    ("value", "is_found"),
    [("Food = Good", False), ("Food = Good\nRoom = Bad", False), ("Pool = Good", True), ("Food = Fine", True)],
)
def test_a_cell_that_is_not_in_the_matrix_is_found(value: str, is_found: bool) -> None:
    """S06"""
    matrix = field(1, "matrix", row_choices="Food\nRoom", column_choices="Good\nBad")
    assert bool(list(submissions.find_cells_that_are_not_there(submitted({1: value}, matrix)))) is is_found


def test_a_matrix_submitted_as_an_object_is_read_too() -> None:
    matrix = field(1, "matrix", row_choices="Food", column_choices="Good\nBad")
    assert not list(submissions.find_cells_that_are_not_there(submitted({1: {"Food": "Good"}}, matrix)))
    assert list(submissions.find_cells_that_are_not_there(submitted({1: {"Food": "Fine"}}, matrix)))


class TestResults:
    """S07"""

    @pytest.mark.parametrize(
        ("formula", "stored", "is_found"),
        [
            ("[1] * 2", "14", False),
            ("[1] * 2", "15", True),
            ("[1] / 3", "2.33", False),
            ("[1] / 3", "2.34", True),
            ("- ( [1] - 10 )", "3", False),
            ("[1] + [2]", "7", False),
            ("[1] / [2]", "0", False),
            ("[1] +", "0", False),
            ("[99] + 1", "5", False),
            ("[1] - 10", "0", False),
        ],
    )
    def test_a_result_that_differs_is_found(self, formula: str, stored: str, is_found: bool) -> None:
        form = submitted({1: "7", 3: stored}, number(1), number(2), number(3, formula))
        assert bool(list(submissions.find_results_that_differ(form))) is is_found

    def test_it_says_both(self) -> None:
        form = submitted({1: "7", 3: "15"}, number(1), number(3, "[1] * 2"))
        found = only(submissions.find_results_that_differ, form)
        assert found.data == {"stored": "15", "computed": "14"}
        assert "gives 14" in found.detail
