from __future__ import annotations

from typing import Any

import pytest

from bots.diagnostics.makers import formulas
from bots.diagnostics.observations import Level
from tests.bots.diagnostics.makers.finding import only, subjects
from tests.builders.forms import Raw, build_form, field, number, radio, text


def test_a_formula_that_cannot_be_read_is_found_with_its_place() -> None:
    form = build_form(number(1), number(2, "[1] + * 3"), number(3, "( [1] ) * ( [1] )"))
    found = only(formulas.find_syntax_faults, form)
    assert (found.subject.id, found.data["position"], found.level) == ("2", 7, Level.ERROR)


class TestWhatIsRead:
    """C05, C06 and C07"""

    def codes(self, target: Raw) -> list[str]:
        form = build_form(target, number(2, "[1] * 2"))
        checks = (
            formulas.find_references_to_no_numbers,
            formulas.find_references_to_texts,
            formulas.find_references_to_nothing,
        )
        return [found.code for check in checks for found in check(form)]

    @pytest.mark.parametrize(
        "target",
        [
            number(1),
            field(1, "rating"),
            field(1, "product"),
            radio(1, "10", 20.5),
            field(1, "tablecell", column_field_type="number"),
            field(1, "tableheader", column_field_type="number"),
            text(1, calculation="1"),
        ],
    )
    def test_numbers_may_be_read(self, target: Raw) -> None:
        assert self.codes(target) == []

    @pytest.mark.parametrize("target", [field(1, "email"), field(1, "datetime"), radio(1, "a", "1"), radio(1)])
    def test_what_holds_no_number_is_a_warning(self, target: Raw) -> None:
        assert self.codes(target) == ["C05"]

    def test_a_text_is_info(self) -> None:
        assert self.codes(text(1)) == ["C06"]

    @pytest.mark.parametrize("field_type", ["section", "richtext", "embed", "signature", "file"])
    def test_what_has_no_value_is_an_error(self, field_type: str) -> None:
        assert self.codes(field(1, field_type)) == ["C07"]

    def test_a_deleted_field_and_the_field_itself_are_left_to_their_own_checks(self) -> None:
        form = build_form(text(1, calculation="[1] + [99]"))
        assert not list(formulas.find_references_to_texts(form))


class TestDivisions:
    """C08 and C09"""

    @pytest.mark.parametrize("formula", ["1 / 0", "[1] / -0.0", "[1] / 0 + 2"])
    def test_zero_is_found(self, formula: str) -> None:
        assert subjects(formulas.find_divisions_by_zero, build_form(number(1), number(2, formula))) == ["2"]

    @pytest.mark.parametrize("formula", ["1 / 10", "0 / [1]", "[1] / 0.5"])
    def test_anything_else_is_fine(self, formula: str) -> None:
        assert not list(formulas.find_divisions_by_zero(build_form(number(1), number(2, formula))))

    @pytest.mark.parametrize(("least", "is_found"), [("", True), (0, True), ("-1", True), ("1", False), (0.5, False)])
    def test_a_field_that_may_be_empty_or_zero_is_found(self, least: Any, is_found: bool) -> None:
        form = build_form(number(1, min_value=least), number(2, "1 / [1]"))
        assert bool(list(formulas.find_divisions_by_blanks(form))) is is_found


def test_a_formula_without_fields_is_found() -> None:
    form = build_form(number(1, "5 * 2"), number(2, "[1]"), number(3), number(4, "5 *"))
    assert subjects(formulas.find_constant_formulas, form) == ["1"]


def test_a_formula_on_what_holds_no_number_is_found() -> None:
    form = build_form(
        field(1, "email", calculation="1"),
        text(2, calculation="1"),
        number(3, "1"),
        field(4, "tableheader", calculation="1"),
    )
    assert subjects(formulas.find_results_of_no_number, form) == ["1"]


def test_a_subtraction_without_negatives_is_found() -> None:
    form = build_form(
        number(1),
        number(2, "[1] - 5"),
        number(3, "[1] - 5", calculation_allow_negatives=1),
        number(4, "[1] + 5"),
        number(5, "[1] - 5", calculation_allow_negatives=True),
    )
    assert subjects(formulas.find_negative_results, form) == ["2"]


def test_decimals_that_are_not_shown_are_found() -> None:
    form = build_form(
        number(1),
        number(2, "[1] / 3", decimals="0"),
        number(3, "[1] * 0.5", decimals=0),
        number(4, "[1] / 3", decimals="2"),
        number(5, "[1] * 3", decimals="0"),
        number(6, "[1] / 3", decimals=""),
    )
    assert subjects(formulas.find_lost_decimals, form) == ["2", "3"]
