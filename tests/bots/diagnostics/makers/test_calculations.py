from __future__ import annotations

from typing import Any

from bots.diagnostics.makers import calculations
from tests.bots.diagnostics.makers.finding import subjects
from tests.builders.forms import build_form, field, number


class TestMissingReferences:
    """C01"""

    def test_a_reference_to_a_deleted_field_is_found_in_an_otherwise_sound_formula(self) -> None:
        (found,) = calculations.find_missing_references(build_form(number(1), number(2, "[1] + [99]")))
        assert (found.code, found.subject.id, [each.id for each in found.related]) == ("C01", "2", ["99"])

    def test_references_to_fields_on_the_form_are_fine(self) -> None:
        form = build_form(number("1"), number(2, "( [1] * 2 ) - 0.5"), number(3, " [ 2 ] "))
        assert not list(calculations.find_missing_references(form))

    def test_each_missing_field_is_told_once(self) -> None:
        assert subjects(calculations.find_missing_references, build_form(number(1, "[8] + [9] + [8]"))) == ["1", "1"]

    def test_the_sides_of_a_date_calculation_are_looked_at(self) -> None:
        dates: dict[str, Any] = {"field_one_calculation": 99, "field_two_calculation": "current_date"}
        assert subjects(calculations.find_missing_references, build_form(number(1, **dates))) == ["1"]

    def test_zero_is_the_word_for_no_field(self) -> None:
        dates: dict[str, Any] = {"field_one_calculation": 0, "field_two_calculation": "0"}
        assert not list(calculations.find_missing_references(build_form(number(1, **dates))))

    def test_a_column_is_told_at_its_head_and_not_in_each_cell(self) -> None:
        form = build_form(
            field(1, "tableheader", calculation="[99]"),
            field(2, "tablecell", parent_tableheader_id=1),
            field(3, "tablecell", parent_tableheader_id=1),
        )
        assert subjects(calculations.find_missing_references, form) == ["1"]


class TestSelfReferences:
    """C02"""

    def test_a_formula_with_its_own_field_is_found(self) -> None:
        assert subjects(calculations.find_self_references, build_form(number(1, "[1] + 1"))) == ["1"]

    def test_a_bare_number_is_fine(self) -> None:
        assert not list(calculations.find_self_references(build_form(number(1, "1"))))

    def test_a_date_reckoned_from_itself_is_found(self) -> None:
        form = build_form(field("1", "datetime", field_one_calculation=1))
        assert subjects(calculations.find_self_references, form) == ["1"]


class TestCircles:
    """C03"""

    def test_a_ring_is_one_finding(self) -> None:
        form = build_form(number(1, "[2]"), number(2, "[3]"), number(3, "[1] * 2"), number(4, "[1]"))
        (found,) = calculations.find_circles_of_calculations(form)
        assert (found.code, found.subject.id, found.data["chain"]) == ("C03", "1", ["1", "2", "3", "1"])

    def test_a_diamond_is_no_circle(self) -> None:
        form = build_form(number(1), number(2, "[1]"), number(3, "[1]"), number(4, "[2] + [3]"))
        assert not list(calculations.find_circles_of_calculations(form))

    def test_a_reference_to_itself_alone_is_left_to_its_own_check(self) -> None:
        assert not list(calculations.find_circles_of_calculations(build_form(number(1, "[1]"))))

    def test_columns_that_feed_each_other_are_one_circle_however_many_cells_they_have(self) -> None:
        form = build_form(
            field(1, "tableheader", calculation="[2]"),
            field(2, "tableheader", calculation="[1]"),
            field(3, "tablecell", parent_tableheader_id="1"),
        )
        (found,) = calculations.find_circles_of_calculations(form)
        assert found.data["members"] == ["1", "2"]
