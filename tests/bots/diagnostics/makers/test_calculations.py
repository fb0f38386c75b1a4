from __future__ import annotations

from typing import Any

import pytest

from bots.diagnostics.makers import calculations
from bots.diagnostics.observations import Level
from tests.bots.diagnostics.makers.finding import subjects
from tests.builders.forms import Raw, asks, build_form, field, number, radio, section, shown_if, text


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


class TestMixedCircles:
    """C19"""

    def test_a_circle_of_logic_and_calculation_is_found(self) -> None:
        form = build_form(number(1, "[2]"), number(2, logic=shown_if(asks(1, "5", "greaterthan"))))
        (found,) = calculations.find_mixed_circles(form)
        assert (found.data["members"], found.level) == (["1", "2"], Level.WARN)

    def test_circles_of_one_kind_are_left_to_their_own_checks(self) -> None:
        form = build_form(
            number(1, "[2]"),
            number(2, "[1]"),
            radio(3, "Yes", logic=shown_if(asks(4))),
            radio(4, "Yes", logic=shown_if(asks(3))),
        )
        assert not list(calculations.find_mixed_circles(form))

    def test_a_result_shown_by_what_it_is_computed_from_is_no_circle(self) -> None:
        form = build_form(number(1), number(2, "[1]", logic=shown_if(asks(1, "5", "greaterthan"))))
        assert not list(calculations.find_mixed_circles(form))


class TestCells:
    """C20"""

    TABLE: Raw = field(1, "table", columns=[{"id": 2}], rows=[{"key": "a"}])
    HEADER: Raw = field(2, "tableheader", parent_table_id=1)
    CELL: Raw = field(3, "tablecell", parent_table_id=1, parent_tableheader_id="2", parent_table_row_key="a")

    def test_a_cell_that_belongs_somewhere_is_fine(self) -> None:
        assert not list(calculations.find_homeless_cells(build_form(self.TABLE, self.HEADER, self.CELL)))

    @pytest.mark.parametrize(
        ("keys", "missing"),
        [
            ({"parent_table_id": 9}, "table"),
            ({"parent_tableheader_id": 9}, "column"),
            ({"parent_table_row_key": "b"}, "row"),
            ({"parent_table_id": None}, "table"),
        ],
    )
    def test_a_cell_without_its_place_is_found(self, keys: Raw, missing: str) -> None:
        (found,) = calculations.find_homeless_cells(build_form(self.TABLE, self.HEADER, self.CELL | keys))
        assert (found.subject.id, f"its {missing} is not on the form" in found.detail) == ("3", True)

    def test_a_column_that_reads_itself_is_found_once(self) -> None:
        form = build_form(self.TABLE, self.HEADER | {"calculation": "[2] + 1"}, self.CELL)
        assert subjects(calculations.find_homeless_cells, form) == ["2"]
        assert not list(calculations.find_self_references(form))


class TestWhoReadsWhom:
    """C10 and C16"""

    def test_a_result_that_is_always_shown_of_what_may_be_hidden_is_found(self) -> None:
        block = shown_if(asks(9))
        form = build_form(
            radio(9, "Yes"), number(1, logic=block), number(2, "[1]"), number(3, "[1]", logic=block), number(4, "[2]")
        )
        assert subjects(calculations.find_references_to_gated_fields, form) == ["2"]

    def test_a_field_in_a_section_with_logic_may_be_hidden_too(self) -> None:
        form = build_form(radio(9, "Yes"), number(2, "[1]"), section(10, logic=shown_if(asks(9))), number(1))
        assert subjects(calculations.find_references_to_gated_fields, form) == ["2"]

    @pytest.mark.parametrize(("length", "found"), [(11, ["11"]), (10, [])])
    def test_a_long_chain_is_told_at_its_end(self, length: int, found: list[str]) -> None:
        form = build_form(number(0), *(number(n, f"[{n - 1}]") for n in range(1, length + 1)))
        assert subjects(calculations.find_long_chains, form) == found


class TestOneField:
    """C11, C13 and C14"""

    def test_a_result_that_can_be_typed_over_is_found(self) -> None:
        form = build_form(number(1, "1"), number(2, "1", readonly="1"), number(3, "1", hidden=1), number(4))
        assert subjects(calculations.find_editable_results, form) == ["1"]

    def test_two_calculations_on_one_field_are_found(self) -> None:
        dates: Raw = {"field_one_calculation": "current_date", "field_two_calculation": 1}
        form = build_form(number(1, "5", **dates), number(2, "5", field_one_calculation=0), number(3) | dates)
        assert subjects(calculations.find_double_calculations, form) == ["1"]

    @pytest.mark.parametrize(
        ("keys", "says"),
        [
            ({"field_two_calculation": "0"}, "its second side is not set"),
            ({"field_one_calculation": ""}, "its first side is not set"),
            ({"calculation_units": ""}, "days, months or years"),
            ({"field_two_calculation": 3}, "neither a date nor a number"),
        ],
    )
    def test_an_incomplete_date_calculation_is_found(self, keys: Raw, says: str) -> None:
        whole = {"field_one_calculation": "current_date", "field_two_calculation": 2, "calculation_units": "days"}
        form = build_form(number(1) | whole | keys, field(2, "datetime"), text(3))
        (found,) = calculations.find_incomplete_date_calculations(form)
        assert says in found.detail

    @pytest.mark.parametrize("keys", [{}, {"field_two_calculation": 4}])
    def test_a_complete_one_is_fine(self, keys: Raw) -> None:
        whole = {"field_one_calculation": "current_date", "field_two_calculation": 2, "calculation_units": "days"}
        form = build_form(number(1) | whole | keys, field(2, "datetime"), text(3), number(4), number(5))
        assert not list(calculations.find_incomplete_date_calculations(form))
