from __future__ import annotations

from typing import Any

import pytest

from bots.diagnostics.makers import labels
from bots.diagnostics.observations import Level
from tests.bots.diagnostics.makers.finding import only, subjects
from tests.builders.forms import build_form, field, section, text


@pytest.mark.parametrize("nothing", ["", None, "  "])
def test_a_field_without_a_label_is_found(nothing: Any) -> None:
    assert subjects(labels.find_fields_without_label, build_form(text(1, label=nothing))) == ["1"]


def test_sections_and_cells_need_none() -> None:
    form = build_form(section(1, label=""), field(2, "tablecell", label=""), field(3, "embed", label=None))
    assert not list(labels.find_fields_without_label(form))


@pytest.mark.parametrize("label", [" a", "a ", "a  b", "a\n"])
def test_blanks_that_nobody_sees_are_found(label: str) -> None:
    assert subjects(labels.find_odd_blanks, build_form(text(1, label=label))) == ["1"]


def test_a_label_of_several_words_is_fine() -> None:
    assert not list(labels.find_odd_blanks(build_form(text(1, label="Your e-mail"), text(2, label="  "))))


class TestTwice:
    """B03 and B04"""

    def test_the_same_label_is_told_once_with_all_who_share_it(self) -> None:
        form = build_form(text(1, label="E-Mail"), text(2, label=" e-mail "), text(3, label="x"), section(4, label="x"))
        found = only(labels.find_labels_twice, form)
        assert ([each.id for each in found.related], found.level) == (["1", "2"], Level.WARN)

    @pytest.mark.parametrize(
        "keys", [{}, {"post_data_field_keys": "field_names"}, {"post_data_field_keys": "api-friendly"}]
    )
    def test_with_a_webhook_that_posts_by_name_it_is_an_error(self, keys: dict[str, Any]) -> None:
        form = build_form(text(1, label="a"), text(2, label="a"), webhooks=[{"id": 7, **keys}])
        found = only(labels.find_labels_twice, form)
        assert (found.level, "webhook 7 posts by label" in found.detail) == (Level.ERROR, True)

    @pytest.mark.parametrize("keys", [{"post_data_field_keys": "field ids"}, {"use_field_ids": "1"}])
    def test_with_a_webhook_that_posts_by_id_it_is_not(self, keys: dict[str, Any]) -> None:
        form = build_form(text(1, label="a"), text(2, label="a"), webhooks=[{"id": 7, **keys}])
        assert only(labels.find_labels_twice, form).level is Level.WARN

    def test_fields_without_a_label_do_not_share_one(self) -> None:
        assert not list(labels.find_labels_twice(build_form(text(1, label=""), text(2, label=" "))))

    def test_the_same_name_is_found(self) -> None:
        form = build_form(text(1, name="e_mail"), text(2, name="e_mail"), text(3, name=""), text(4, name=""))
        assert [each.id for each in only(labels.find_names_twice, form).related] == ["1", "2"]


def test_a_field_that_says_nothing_about_itself_is_found() -> None:
    form = build_form(
        text(1, hide_label="1"), text(2, hide_label="1", placeholder="Name"), text(3), text(4, hide_label=1, hidden=1)
    )
    assert subjects(labels.find_silent_fields, form) == ["1"]


@pytest.mark.parametrize(("label", "is_found"), [("<b>Name</b>", True), ("a < b > c", False), ("2 <3", False)])
def test_html_in_a_label_is_found(label: str, is_found: bool) -> None:
    assert bool(subjects(labels.find_html_in_labels, build_form(text(1, label=label)))) is is_found


def test_a_label_of_more_than_255_characters_is_found() -> None:
    form = build_form(text(1, label="x" * 256), text(2, label="x" * 255))
    assert subjects(labels.find_long_labels, form) == ["1"]
