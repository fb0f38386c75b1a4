from __future__ import annotations

from typing import Any

import pytest

from bots.diagnostics.makers import logic
from bots.diagnostics.observations import Level
from tests.bots.diagnostics.makers.finding import only, subjects
from tests.builders.forms import (
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


class TestMissingTargets:
    """L01"""

    def test_a_check_on_a_deleted_field_is_found(self) -> None:
        found = only(logic.find_missing_targets, build_form(text(1, logic=shown_if(asks(99)))))
        assert (found.code, found.subject.id, found.level) == ("L01", "1", Level.ERROR)
        assert [each.id for each in found.related] == ["99"]
        assert "field 99, which is not on the form" in found.detail

    def test_a_target_is_found_whether_its_id_is_number_or_text(self) -> None:
        form = build_form(radio("1", "Yes"), text(2, logic=shown_if(asks(1))), text("3", logic=shown_if(asks("1"))))
        assert not list(logic.find_missing_targets(form))

    @pytest.mark.parametrize("nothing", [None, "", [], {}])
    def test_a_check_that_names_no_field_is_found(self, nothing: Any) -> None:
        found = only(logic.find_missing_targets, build_form(text(1, logic=shown_if(asks(nothing)))))
        assert found.data == {"target": None}

    def test_the_same_missing_field_is_told_once_for_each_block(self) -> None:
        block = shown_if(asks(99, "a"), asks("99", "b"))
        assert subjects(logic.find_missing_targets, build_form(text(1, logic=block), text(2, logic=block))) == [
            "1",
            "2",
        ]

    def test_the_logic_of_emails_and_webhooks_is_looked_at(self) -> None:
        block = shown_if(asks(99))
        form = build_form(notifications=[{"id": 7, "logic": block}], webhooks=[{"id": 7, "logic": block}])
        assert [found.subject.type for found in logic.find_missing_targets(form)] == ["emailNotification", "webhook"]


class TestSelfReferences:
    """L02"""

    def test_a_field_that_asks_about_itself_is_found(self) -> None:
        form = build_form(radio(1, "Yes", logic=shown_if(asks("1"))))
        assert only(logic.find_self_references, form).code == "L02"

    def test_asking_about_another_is_fine(self) -> None:
        form = build_form(radio(1, "Yes"), radio(11, "Yes", logic=shown_if(asks(1))))
        assert not list(logic.find_self_references(form))

    def test_hiding_by_its_own_answer_is_found_too(self) -> None:
        assert subjects(logic.find_self_references, build_form(text(1, logic=hidden_if(asks(1))))) == ["1"]


def ring(*field_ids: int, **keys: Any) -> list[dict[str, Any]]:
    """Each field waits for the next one, the last for the first."""
    following = [*field_ids[1:], field_ids[0]]
    return [radio(a, "Yes", logic=shown_if(asks(b)), **keys) for a, b in zip(field_ids, following, strict=True)]


class TestCircles:
    """L03"""

    def test_a_ring_of_five_is_one_finding_with_all_its_members(self) -> None:
        found = only(logic.find_circles_of_logic, build_form(*ring(1, 2, 3, 4, 5)))
        assert (found.code, found.subject.id, found.level) == ("L03", "1", Level.ERROR)
        assert [each.id for each in found.related] == ["1", "2", "3", "4", "5"]
        assert found.data["chain"] == ["1", "2", "3", "4", "5", "1"]

    def test_a_diamond_is_no_circle(self) -> None:
        form = build_form(
            radio(1, "Yes"),
            radio(2, "Yes", logic=shown_if(asks(1))),
            radio(3, "Yes", logic=shown_if(asks(1))),
            text(4, logic=shown_if(asks(2), asks(3))),
        )
        assert not list(logic.find_circles_of_logic(form))

    def test_a_tail_that_leads_into_a_ring_is_no_member(self) -> None:
        form = build_form(*ring(1, 2), text(3, logic=shown_if(asks(1))))
        assert only(logic.find_circles_of_logic, form).data["members"] == ["1", "2"]

    def test_a_ring_may_close_through_sections(self) -> None:
        form = build_form(
            section(10, logic=shown_if(asks(2))),
            radio(1, "Yes"),
            section(20, logic=shown_if(asks(1))),
            radio(2, "Yes"),
        )
        found = only(logic.find_circles_of_logic, form)
        assert found.data["members"] == ["1", "2"]
        assert "being in “Label 10” (section 10), waits for “Label 2” (field 2)" in found.detail

    def test_a_section_that_asks_about_the_field_inside_is_left_to_its_own_check(self) -> None:
        form = build_form(section(10, logic=shown_if(asks(1))), radio(1, "Yes"), text(2))
        assert not list(logic.find_circles_of_logic(form))

    def test_a_circle_inside_one_section_is_found_beside_the_loop_through_its_block(self) -> None:
        form = build_form(section(10, logic=shown_if(asks(1))), *ring(1, 2))
        assert only(logic.find_circles_of_logic, form).data["chain"] == ["1", "2", "1"]

    def test_a_circle_with_a_way_in_is_a_warning(self) -> None:
        form = build_form(
            radio(0, "Yes"),
            radio(1, "Yes", logic=shown_if(asks(0), asks(2), conditional="any")),
            radio(2, "Yes", logic=shown_if(asks(1))),
        )
        assert only(logic.find_circles_of_logic, form).level is Level.WARN

    def test_a_circle_that_a_default_opens_is_a_warning(self) -> None:
        form = build_form(
            radio(1, "Yes", logic=shown_if(asks(2))), radio(2, "Yes", default="Yes", logic=shown_if(asks(1)))
        )
        assert only(logic.find_circles_of_logic, form).level is Level.WARN

    def test_a_circle_that_only_hides_is_a_warning(self) -> None:
        form = build_form(radio(1, "Yes", logic=hidden_if(asks(2))), radio(2, "Yes", logic=hidden_if(asks(1))))
        assert only(logic.find_circles_of_logic, form).level is Level.WARN

    def test_two_circles_are_two_findings(self) -> None:
        form = build_form(*ring(1, 2), *ring(3, 4, 5))
        assert subjects(logic.find_circles_of_logic, form) == ["1", "3"]

    def test_circles_that_share_a_field_are_one_system(self) -> None:
        form = build_form(
            radio(1, "Yes", logic=shown_if(asks(2), asks(3))),
            radio(2, "Yes", logic=shown_if(asks(1))),
            radio(3, "Yes", logic=shown_if(asks(1))),
        )
        found = only(logic.find_circles_of_logic, form)
        assert found.data["members"] == ["1", "2", "3"]
        assert "and 1 more fields are part of it" in found.detail


class TestSectionsShownByTheirOwn:
    """L04"""

    def test_a_section_that_asks_about_a_field_inside_is_found(self) -> None:
        form = build_form(section(10, logic=shown_if(asks(1))), text(0), radio(1, "Yes"))
        found = only(logic.find_sections_shown_by_their_own, form)
        assert (found.subject.id, found.related[0].id) == ("10", "1")

    def test_a_field_before_the_section_may_decide_it(self) -> None:
        form = build_form(radio(1, "Yes"), section(10, logic=shown_if(asks(1))), text(2))
        assert not list(logic.find_sections_shown_by_their_own(form))

    def test_a_section_ends_where_the_next_begins(self) -> None:
        form = build_form(section(10, logic=shown_if(asks(1))), text(2), section(20), radio(1, "Yes"))
        assert not list(logic.find_sections_shown_by_their_own(form))

    def test_the_order_is_that_of_sort_and_not_that_of_the_array(self) -> None:
        form = build_form(section(10, sort="2", logic=shown_if(asks(1))), radio(1, "Yes", sort="1"), text(2, sort=3))
        assert not list(logic.find_sections_shown_by_their_own(form))


class TestAbsentOptions:
    """L05"""

    def found(self, target: dict[str, Any], option: Any, condition: str = "equals") -> list[str | int]:
        form = build_form(target, text(2, logic=shown_if(asks(1, option, condition))))
        return [str(found.data["variant"]) for found in logic.find_absent_options(form)]

    def test_an_option_that_is_gone_is_found(self) -> None:
        assert self.found(radio(1, "Yes", "No"), "Maybe") == ["L05-absent"]

    def test_an_option_that_is_there_is_fine(self) -> None:
        assert self.found(checkbox(1, "Yes", "No"), "No", "notequals") == []

    def test_zero_is_an_option_like_any_other(self) -> None:
        assert self.found(radio(1, 0, 1), "0") == []
        assert self.found(radio(1, "0", "1"), 0) == []
        assert self.found(radio(1, "1"), 0) == ["L05-absent"]

    def test_a_difference_in_capitals_or_blanks_is_told_apart(self) -> None:
        assert self.found(radio(1, "Yes please"), " yes  Please") == ["L05-spelling"]

    def test_a_label_in_place_of_the_stored_value_is_told_apart(self) -> None:
        options = [{"label": "Germany", "value": "DE"}]
        assert self.found(radio(1) | {"options": options}, "Germany") == ["L05-label"]
        assert self.found(radio(1, option_store="label") | {"options": options}, "Germany") == []

    @pytest.mark.parametrize("nothing", ["", None, []])
    def test_a_choice_without_options_is_told_apart(self, nothing: Any) -> None:
        assert self.found(radio(1) | {"options": nothing}, "Yes") == ["L05-none"]

    def test_a_field_that_takes_other_answers_takes_any(self) -> None:
        assert self.found(radio(1, "Yes", option_other="1"), "Maybe") == []

    def test_a_text_field_takes_any_answer(self) -> None:
        assert self.found(text(1), "Maybe") == []

    def test_a_comparison_of_size_asks_for_no_option(self) -> None:
        assert self.found(radio(1, 1, 5), "3", "greaterthan") == []

    def test_the_option_is_quoted_as_plain_text(self) -> None:
        form = build_form(radio(1, "Yes"), text(2, logic=shown_if(asks(1, "<b>@room\n</b>"))))
        assert "is “<b>@room </b>”" in only(logic.find_absent_options, form).detail


class TestComparisonsWithNothing:
    """L06"""

    @pytest.mark.parametrize("nothing", ["", None])
    def test_an_empty_value_is_found(self, nothing: Any) -> None:
        form = build_form(text(1), text(2, logic=shown_if(asks(1, nothing))))
        assert only(logic.find_comparisons_with_nothing, form).level is Level.WARN

    @pytest.mark.parametrize("zero", [0, "0"])
    def test_zero_is_not_nothing(self, zero: Any) -> None:
        form = build_form(text(1), text(2, logic=shown_if(asks(1, zero))))
        assert not list(logic.find_comparisons_with_nothing(form))


class TestUnknownWords:
    """L07"""

    @pytest.mark.parametrize(
        "block",
        [
            shown_if(asks(1, condition="resembles")),
            shown_if(asks(1, condition="")),
            shown_if(asks(1), conditional="most"),
            shown_if(asks(1)) | {"action": "blink"},
            {"conditional": "all", "checks": [asks(1)]},
            shown_if(asks(1)) | {"checks": {"0": asks(1)}},
            shown_if(asks(1)) | {"checks": [asks(1), "and so on"]},
            "show if yes",
        ],
    )
    def test_what_the_engine_does_not_know_is_found(self, block: Any) -> None:
        assert subjects(logic.find_unknown_words, build_form(text(1), text(2, logic=block))) == ["2"]

    @pytest.mark.parametrize("condition", ["equals", "NotEquals", "greaterthan", "lessthan"])
    def test_every_documented_condition_is_known(self, condition: str) -> None:
        form = build_form(text(1), text(2, logic=shown_if(asks(1, "3", condition))))
        assert not list(logic.find_unknown_words(form))

    def test_dates_have_conditions_of_their_own(self) -> None:
        form = build_form(field(1, "datetime"), text(2, logic=shown_if(asks(1, "2020-01-01", "isafter"))))
        assert not list(logic.find_unknown_words(form))


class TestBlocksWithoutChecks:
    """L08"""

    @pytest.mark.parametrize("nothing", [[], "", None, {}])
    def test_a_block_without_checks_is_found(self, nothing: Any) -> None:
        form = build_form(text(1, logic=shown_if() | {"checks": nothing}))
        assert only(logic.find_blocks_without_checks, form).level is Level.WARN

    @pytest.mark.parametrize("nothing", [[], "", None, {}])
    def test_no_block_is_no_finding(self, nothing: Any) -> None:
        assert not list(logic.find_blocks_without_checks(build_form(text(1, logic=nothing))))


class TestUnreachable:
    """L11"""

    def test_a_field_behind_a_closed_circle_is_found_and_its_members_are_not_told_twice(self) -> None:
        form = build_form(*ring(1, 2), text(3, logic=shown_if(asks(1))))
        found = only(logic.find_unreachable, form)
        assert (found.subject.id, [each.id for each in found.related]) == ("3", ["1"])

    def test_the_fields_of_an_unreachable_section_are_counted_at_the_section(self) -> None:
        form = build_form(*ring(1, 2), section(10, logic=shown_if(asks(1))), text(3), text(4))
        found = only(logic.find_unreachable, form)
        assert found.subject.id == "10"
        assert "the 2 fields inside it" in found.detail

    def test_one_open_way_is_enough_for_any(self) -> None:
        form = build_form(*ring(1, 2), radio(5, "Yes"), text(3, logic=shown_if(asks(1), asks(5), conditional="any")))
        assert not list(logic.find_unreachable(form))

    def test_a_chain_is_reachable_however_long_and_in_whatever_order(self) -> None:
        links = [radio(n, "Yes", sort=500 - n, logic=shown_if(asks(n + 1)) if n < 400 else None) for n in range(401)]
        assert not list(logic.find_unreachable(build_form(*links)))

    def test_what_is_hidden_when_the_circle_is_answered_stays_visible(self) -> None:
        form = build_form(*ring(1, 2), text(3, logic=hidden_if(asks(1))))
        assert not list(logic.find_unreachable(form))

    def test_hide_unless_needs_the_answer(self) -> None:
        form = build_form(*ring(1, 2), text(3, logic=hidden_if(asks(1, condition="notequals"))))
        assert subjects(logic.find_unreachable, form) == ["3"]

    def test_not_equal_holds_for_a_field_that_nobody_can_answer(self) -> None:
        form = build_form(*ring(1, 2), text(3, logic=shown_if(asks(1, condition="notequals"))))
        assert not list(logic.find_unreachable(form))

    def test_a_default_may_open_the_gate(self) -> None:
        form = build_form(
            number(1, default="7", logic=shown_if(asks(1))),
            text(2, logic=shown_if(asks(1, "5", "greaterthan"))),
            text(3, logic=shown_if(asks(1, "5", "lessthan"))),
            checkbox(4, "a", "b", default="a\nb", logic=shown_if(asks(4, "b"))),
        )
        assert subjects(logic.find_unreachable, form) == ["3"]

    def test_a_deleted_field_is_left_to_its_own_check(self) -> None:
        assert not list(logic.find_unreachable(build_form(text(1, logic=shown_if(asks(99))))))
