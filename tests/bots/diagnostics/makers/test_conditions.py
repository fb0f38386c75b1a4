from __future__ import annotations

from typing import Any

import pytest

from bots.diagnostics.makers import conditions
from bots.diagnostics.makers.logic import find_absent_options
from bots.diagnostics.observations import Level
from tests.bots.diagnostics.makers.finding import only, subjects
from tests.builders.forms import (
    Raw,
    asks,
    build_form,
    checkbox,
    field,
    hidden_if,
    number,
    radio,
    section,
    shown_if,
    text,
)


class TestSizesOfNoNumbers:
    """L09"""

    def found(self, target: Raw, option: Any = 5, condition: str = "greaterthan") -> list[str]:
        form = build_form(target, text(2, logic=shown_if(asks(1, option, condition))))
        return subjects(conditions.find_sizes_of_no_numbers, form)

    @pytest.mark.parametrize("condition", ["greaterthan", "lessthan"])
    def test_the_size_of_a_text_is_found(self, condition: str) -> None:
        assert self.found(text(1), 5, condition) == ["2"]

    def test_a_size_that_is_no_number_is_found(self) -> None:
        assert self.found(number(1), "five") == ["2"]

    @pytest.mark.parametrize(
        "target",
        [
            number(1),
            field(1, "rating"),
            field(1, "product"),
            radio(1, "1", 2.5),
            field(1, "tablecell", column_field_type="number"),
        ],
    )
    def test_the_size_of_what_holds_numbers_is_fine(self, target: Raw) -> None:
        assert self.found(target, "-2.5") == []

    def test_a_choice_with_one_option_that_is_no_number_holds_none(self) -> None:
        assert self.found(radio(1, "1", "more")) == ["2"]

    def test_dates_are_let_off(self) -> None:
        assert self.found(field(1, "datetime"), "2020-01-01") == []

    def test_equality_is_no_size(self) -> None:
        assert self.found(text(1), 5, "equals") == []


class TestContradictions:
    """L10"""

    def test_one_choice_that_must_be_two_things_is_found(self) -> None:
        form = build_form(radio(1, "a", "b"), text(2, logic=shown_if(asks(1, "a"), asks(1, "b"))))
        found = only(conditions.find_contradictions, form)
        assert found.level is Level.ERROR
        assert "to be equal to “a” and equal to “b” at once" in found.detail

    def test_a_checkbox_can_be_two_things(self) -> None:
        form = build_form(checkbox(1, "a", "b"), text(2, logic=shown_if(asks(1, "a"), asks(1, "b"))))
        assert not list(conditions.find_contradictions(form))

    def test_the_same_field_must_equal_and_not_equal_one_value(self) -> None:
        block = shown_if(asks(1, "a"), asks(1, "a", "notequals"))
        for target in (checkbox(1, "a", "b"), text(1)):
            assert subjects(conditions.find_contradictions, build_form(target, text(2, logic=block))) == ["2"]

    def test_a_number_between_bounds_that_have_no_between_is_found(self) -> None:
        block = shown_if(asks(1, 5, "greaterthan"), asks(1, 5, "lessthan"))
        assert subjects(conditions.find_contradictions, build_form(number(1), text(2, logic=block))) == ["2"]
        block = shown_if(asks(1, 5, "greaterthan"), asks(1, 6, "lessthan"))
        assert not list(conditions.find_contradictions(build_form(number(1), text(2, logic=block))))

    def test_one_way_of_several_is_enough(self) -> None:
        block = shown_if(asks(1, "a"), asks(1, "b"), conditional="any")
        assert not list(conditions.find_contradictions(build_form(radio(1, "a", "b"), text(2, logic=block))))

    def test_hiding_if_any_of_all_options_leaves_the_blank(self) -> None:
        block = hidden_if(asks(1, "a"), asks(1, "b"), conditional="any")
        assert not list(conditions.find_contradictions(build_form(radio(1, "a", "b"), text(2, logic=block))))

    def test_hiding_unless_it_is_two_things_is_found(self) -> None:
        block = hidden_if(asks(1, "a", "notequals"), asks(1, "b", "notequals"), conditional="any")
        assert subjects(conditions.find_contradictions, build_form(radio(1, "a", "b"), text(2, logic=block))) == ["2"]

    def test_a_panel_and_its_child_that_exclude_each_other_are_found_with_both_ids(self) -> None:
        form = build_form(
            radio(1, "a", "b"),
            section(10, logic=shown_if(asks(1, "a"))),
            text(2, logic=shown_if(asks(1, "b"))),
        )
        found = only(conditions.find_contradictions, form)
        assert (found.subject.id, [each.id for each in found.related]) == ("2", ["10"])

    def test_choices_of_panel_and_child_that_exclude_each_other_are_found(self) -> None:
        form = build_form(
            radio(1, "a", "b", "c", "d"),
            section(10, logic=shown_if(asks(1, "a"), asks(1, "b"), conditional="any")),
            text(2, logic=shown_if(asks(1, "c"), asks(1, "d"), conditional="any")),
        )
        found = only(conditions.find_contradictions, form)
        assert "needs one of several conditions" in found.detail

    def test_a_panel_that_cannot_open_is_told_at_the_panel_alone(self) -> None:
        form = build_form(
            radio(1, "a", "b"),
            section(10, logic=shown_if(asks(1, "a"), asks(1, "b"))),
            text(2, logic=shown_if(asks(1, "a"))),
        )
        assert subjects(conditions.find_contradictions, form) == ["10"]

    def test_an_option_that_is_gone_is_told_once_and_elsewhere(self) -> None:
        form = build_form(radio(1, "a"), text(2, logic=shown_if(asks(1, "gone"))))
        assert subjects(find_absent_options, form) == ["2"]
        assert not list(conditions.find_contradictions(form))


class TestHidingWhatTheSectionShows:
    """L21"""

    def test_it_is_told_with_both_ids_and_not_as_a_contradiction_too(self) -> None:
        form = build_form(
            radio(1, "a", "b"), section(10, logic=shown_if(asks(1, "a"))), text(2, logic=hidden_if(asks(1, "a")))
        )
        found = only(conditions.find_hiding_what_the_section_shows, form)
        assert (found.subject.id, [each.id for each in found.related], found.level) == ("2", ["10"], Level.WARN)
        assert not list(conditions.find_contradictions(form))

    def test_a_section_that_hides_what_the_field_shows_is_found_too(self) -> None:
        form = build_form(
            radio(1, "a", "b"), section(10, logic=hidden_if(asks(1, "a"))), text(2, logic=shown_if(asks(1, "a")))
        )
        assert subjects(conditions.find_hiding_what_the_section_shows, form) == ["2"]

    def test_hiding_by_another_answer_is_fine(self) -> None:
        form = build_form(
            checkbox(1, "a", "b"), section(10, logic=shown_if(asks(1, "a"))), text(2, logic=hidden_if(asks(1, "b")))
        )
        assert not list(conditions.find_hiding_what_the_section_shows(form))


class TestAlwaysTrue:
    """L12 and L20"""

    def test_every_way_of_answering_is_info(self) -> None:
        block = shown_if(asks(1, "a"), asks(1, "a", "notequals"), conditional="any")
        found = only(conditions.find_tautologies, build_form(radio(1, "a", "b"), text(2, logic=block)))
        assert found.level is Level.INFO

    def test_is_not_one_or_is_not_the_other_has_a_code_of_its_own(self) -> None:
        block = shown_if(asks(1, "a", "notequals"), asks(1, "b", "notequals"), conditional="any")
        form = build_form(radio(1, "a", "b"), text(2, logic=block))
        found = only(conditions.find_either_nots, form)
        assert (found.code, found.level) == ("L20", Level.WARN)
        assert not list(conditions.find_tautologies(form))

    def test_hiding_if_all_of_two_is_the_same_mistake(self) -> None:
        block = hidden_if(asks(1, "a"), asks(1, "b"))
        assert subjects(conditions.find_either_nots, build_form(radio(1, "a", "b"), text(2, logic=block))) == ["2"]

    def test_a_checkbox_may_be_both(self) -> None:
        block = shown_if(asks(1, "a", "notequals"), asks(1, "b", "notequals"), conditional="any")
        form = build_form(checkbox(1, "a", "b"), text(2, logic=block))
        assert not list(conditions.find_either_nots(form))
        assert not list(conditions.find_tautologies(form))

    def test_the_same_value_twice_is_no_pair(self) -> None:
        block = shown_if(asks(1, "a", "notequals"), asks(1, "A", "notequals"), conditional="any")
        assert not list(conditions.find_either_nots(build_form(text(1), text(2, logic=block))))


class TestRepetitions:
    """L13 and L14"""

    def test_the_same_check_twice_is_found(self) -> None:
        block = shown_if(asks(1, "a"), asks("1", "a"), asks(1, "b"))
        assert subjects(conditions.find_repeated_checks, build_form(radio(1, "a", "b"), text(2, logic=block))) == ["2"]

    def test_different_checks_are_fine(self) -> None:
        block = shown_if(asks(1, "a"), asks(1, "a", "notequals"))
        assert not list(conditions.find_repeated_checks(build_form(radio(1, "a"), text(2, logic=block))))

    def test_a_block_like_that_of_the_section_is_found_in_whatever_order(self) -> None:
        form = build_form(
            checkbox(1, "a", "b"),
            section(10, logic=shown_if(asks(1, "a"), asks(1, "b"))),
            text(2, logic=shown_if(asks(1, "b"), asks(1, "a"))),
            text(3, logic=shown_if(asks(1, "a"))),
            text(4, logic=hidden_if(asks(1, "b"), asks(1, "a"))),
        )
        assert subjects(conditions.find_repetitions_of_the_section, form) == ["2"]


class TestTargets:
    """L15, L16 and L17"""

    @pytest.mark.parametrize("field_type", ["section", "richtext", "embed", "table", "signature", "file", "creditcard"])
    def test_what_holds_nothing_to_compare_is_found(self, field_type: str) -> None:
        form = build_form(field(1, field_type), text(2, logic=shown_if(asks(1))))
        assert subjects(conditions.find_incomparable_targets, form) == ["2"]

    def test_what_can_be_answered_is_fine(self) -> None:
        form = build_form(field(1, "email"), text(2, logic=shown_if(asks(1))))
        assert not list(conditions.find_incomparable_targets(form))

    @pytest.mark.parametrize("on", ["1", 1, True])
    def test_a_hidden_field_that_nothing_fills_in_is_found(self, on: Any) -> None:
        form = build_form(text(1, hidden=on), text(2, logic=shown_if(asks(1))))
        assert subjects(conditions.find_hidden_targets, form) == ["2"]

    @pytest.mark.parametrize("keys", [{"default": "x"}, {"calculation": "1"}, {"hidden": "0"}])
    def test_a_field_that_something_fills_in_is_fine(self, keys: Raw) -> None:
        form = build_form({**text(1, hidden="1"), **keys}, text(2, logic=shown_if(asks(1))))
        assert not list(conditions.find_hidden_targets(form))

    def test_a_default_of_zero_is_a_default(self) -> None:
        form = build_form(number(1, hidden="1", default=0), text(2, logic=shown_if(asks(1))))
        assert not list(conditions.find_hidden_targets(form))

    def test_a_field_on_a_later_page_is_found(self) -> None:
        form = build_form(
            text(2, logic=shown_if(asks(1))), section(10), text(3), section(20, section_break="1"), radio(1, "Yes")
        )
        found = only(conditions.find_targets_on_later_pages, form)
        assert (found.subject.id, "on page 1 asks" in found.detail, "on page 2" in found.detail) == ("2", True, True)

    def test_a_later_field_on_the_same_page_is_fine(self) -> None:
        form = build_form(text(2, logic=shown_if(asks(1))), section(10), radio(1, "Yes"))
        assert not list(conditions.find_targets_on_later_pages(form))

    def test_an_earlier_page_is_fine(self) -> None:
        form = build_form(radio(1, "Yes"), section(10, section_break=1), text(2, logic=shown_if(asks(1))))
        assert not list(conditions.find_targets_on_later_pages(form))


def chain(length: int) -> list[Raw]:
    return [radio(0, "Yes"), *(radio(n, "Yes", logic=shown_if(asks(n - 1))) for n in range(1, length + 1))]


class TestSizes:
    """L18 and L19"""

    def test_a_long_chain_is_told_at_its_end(self) -> None:
        found = only(conditions.find_long_chains, build_form(*chain(6)))
        assert (found.subject.id, found.data["depth"]) == ("6", 6)

    def test_a_chain_of_five_is_short_enough(self) -> None:
        assert not list(conditions.find_long_chains(build_form(*chain(5))))

    def test_a_circle_in_it_counts_as_one(self) -> None:
        ring = [radio(100, "Yes", logic=shown_if(asks(101))), radio(101, "Yes", logic=shown_if(asks(100)))]
        form = build_form(*ring, text(1, logic=shown_if(asks(100))))
        assert not list(conditions.find_long_chains(form))

    def test_a_block_of_more_than_twenty_checks_is_found(self) -> None:
        targets = [radio(n, "Yes") for n in range(21)]
        found = only(
            conditions.find_many_checks, build_form(*targets, text(99, logic=shown_if(*(asks(n) for n in range(21)))))
        )
        assert found.data == {"checks": 21}
        form = build_form(*targets, text(99, logic=shown_if(*(asks(n) for n in range(20)))))
        assert not list(conditions.find_many_checks(form))


class TestCutOff:
    """X02"""

    @pytest.mark.parametrize(("checks", "is_found"), [(70, False), (71, True)])
    def test_more_conditions_about_one_field_than_are_compared_are_said(self, checks: int, is_found: bool) -> None:
        many = shown_if(*(asks(1, f"no {n}", "notequals") for n in range(checks)))
        form = build_form(text(1), text(2, logic=many))
        assert bool(list(conditions.find_searches_cut_off(form))) is is_found

    def test_a_demand_for_one_value_needs_no_search(self) -> None:
        many = shown_if(asks(1, "a"), *(asks(1, f"no {n}", "notequals") for n in range(200)))
        assert not list(conditions.find_searches_cut_off(build_form(text(1), text(2, logic=many))))

    def test_two_long_choices_among_boxes_are_said(self) -> None:
        boxes = checkbox(1, *range(200))
        above = shown_if(*(asks(1, n) for n in range(100)), conditional="any")
        below = shown_if(*(asks(1, n) for n in range(100, 200)), conditional="any")
        form = build_form(boxes, section(2, logic=above), text(3, logic=below))
        assert subjects(conditions.find_searches_cut_off, form) == ["3"]
