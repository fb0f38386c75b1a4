from __future__ import annotations

from typing import Any

import pytest

from bots.diagnostics.makers import whole_form
from bots.diagnostics.makers.maker import Check
from tests.bots.diagnostics.makers.finding import only, subjects
from tests.builders.forms import asks, build_form, field, radio, section, shown_if, text


@pytest.mark.parametrize("keys", [{"inactive": True}, {"deleted": "1"}])
def test_a_form_that_is_not_live_is_found(keys: dict[str, Any]) -> None:
    assert list(whole_form.find_forms_not_live(build_form(**keys)))
    assert not list(whole_form.find_forms_not_live(build_form(inactive=False, deleted="0")))


def test_an_unpublished_workflow_is_found() -> None:
    assert list(whole_form.find_unpublished_workflow(build_form(is_workflow_form=True)))
    assert not list(whole_form.find_unpublished_workflow(build_form(is_workflow_form=True, is_workflow_published=True)))


def test_what_to_know_is_told_at_once() -> None:
    found = only(whole_form.find_special_ways, build_form(has_approvers=True, encrypted=True))
    assert "need approval; its submissions are encrypted" in found.detail
    assert not list(whole_form.find_special_ways(build_form()))


@pytest.mark.parametrize("unfit", [field(1, "table"), field(1, "matrix"), section(1, logic=shown_if(asks(2)))])
def test_what_does_not_go_with_one_question_at_a_time_is_found(unfit: dict[str, Any]) -> None:
    assert list(whole_form.find_unfit_for_one_question(build_form(unfit, should_display_one_question_at_a_time=True)))
    assert not list(whole_form.find_unfit_for_one_question(build_form(unfit)))


def test_a_section_without_logic_goes_with_it() -> None:
    form = build_form(section(1), text(2), should_display_one_question_at_a_time=True)
    assert not list(whole_form.find_unfit_for_one_question(form))


class TestInputs:
    """F05 and F06"""

    def test_nothing_required(self) -> None:
        assert list(whole_form.find_nothing_required(build_form(text(1))))
        assert not list(whole_form.find_nothing_required(build_form(text(1), text(2, required="1"))))

    def test_nothing_to_fill_in(self) -> None:
        form = build_form(section(1), field(2, "richtext"))
        assert list(whole_form.find_nothing_to_fill_in(form))
        assert not list(whole_form.find_nothing_required(form))


@pytest.mark.parametrize(("count", "is_found"), [(100, False), (101, True)])
def test_many_fields_are_found(count: int, is_found: bool) -> None:
    assert bool(list(whole_form.find_large_forms(build_form(*(text(n) for n in range(count)))))) is is_found


def test_many_blocks_are_found() -> None:
    blocks = [text(n, logic=shown_if(asks(999))) for n in range(51)]
    assert only(whole_form.find_large_forms, build_form(*blocks)).data == {"fields": 51, "blocks": 51}


def test_an_unknown_type_is_found() -> None:
    form = build_form(field(1, "hologram"), field(2, "Text"), field(3, ""))
    assert subjects(whole_form.find_unknown_types, form) == ["1", "3"]


def test_one_id_for_two_fields_is_found_however_it_is_written() -> None:
    assert subjects(whole_form.find_ids_twice, build_form(text(1), text("1"), text(2))) == ["1"]


@pytest.mark.parametrize("sorts", [("1", "1"), ("1", ""), ("1", None), ("first", "2"), (1, "1")])
def test_an_order_that_is_not_clear_is_found(sorts: tuple[Any, Any]) -> None:
    form = build_form(text(1, sort=sorts[0]), text(2, sort=sorts[1]))
    assert len(list(whole_form.find_unclear_order(form))) == 1


def test_gaps_in_the_order_do_no_harm() -> None:
    assert not list(whole_form.find_unclear_order(build_form(text(1, sort="7"), text(2, sort=-1), text(3, sort="30"))))


def test_a_section_with_nothing_in_it_is_found() -> None:
    form = build_form(
        section(1), section(2), text(3), section(4, section_text="Read this."), section(5), radio(6), section(7)
    )
    assert subjects(whole_form.find_empty_sections, form) == ["1", "7"]


@pytest.mark.parametrize(
    ("check", "found", "fine"),
    [
        (whole_form.find_helper_fields, text(1, label="MARV_logic"), text(1, label="Marvin")),
        (whole_form.find_helper_fields, text(1, internal_label="marv_x"), text(1, internal_label=None)),
        (whole_form.find_scripts, field(1, "embed", section_text="<SCRIPT>x"), field(1, "embed", section_text="<b>")),
    ],
)
def test_what_was_left_on_a_form_is_found(check: Check, found: dict[str, Any], fine: dict[str, Any]) -> None:
    assert subjects(check, build_form(found)) == ["1"]
    assert not list(check(build_form(fine)))


def test_what_was_not_in_the_file_is_said_once() -> None:
    found = only(whole_form.find_unread_parts, build_form(webhooks=[]))
    assert found.data == {"not_read": ["notifications", "confirmations"]}
    assert not list(whole_form.find_unread_parts(build_form(notifications=[], confirmations="", webhooks={})))
