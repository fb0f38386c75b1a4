from __future__ import annotations

from typing import Any

import pytest

from bots.diagnostics.form import Form
from bots.diagnostics.makers import confirmations
from tests.bots.diagnostics.makers.finding import only, subjects
from tests.builders.forms import Raw, asks, build_form, field, radio, section, shown_if, text

SOUND: Raw = {"id": 8, "to_field": "1", "sender": "office@example.org", "subject": "Thank you", "type": "data"}
EMAIL: Raw = field(1, "email", required="1")


def confirmed(*fields: Raw, **keys: Any) -> Form:
    return build_form(*(fields or (EMAIL,)), confirmations=[SOUND | keys])


def test_a_sound_confirmation_is_none_to_speak_of() -> None:
    assert not [found for check in confirmations.CONFIRMATIONS.checks for found in check(confirmed())]


@pytest.mark.parametrize("to_field", ["", 9, 2, None])
def test_one_without_an_address_is_found(to_field: Any) -> None:
    form = confirmed(EMAIL, text(2), to_field=to_field)
    assert subjects(confirmations.find_confirmations_to_nowhere, form) == ["8"]


class TestHiddenAddresses:
    """K02"""

    GATED: Raw = EMAIL | {"logic": shown_if(asks(5))}

    def found(self, target: Raw, **keys: Any) -> bool:
        form = confirmed(radio(5, "Yes"), target, **keys)
        return bool(list(confirmations.find_confirmations_to_hidden_fields(form)))

    def test_an_address_that_logic_may_hide_is_found(self) -> None:
        assert self.found(self.GATED)

    def test_unless_the_confirmation_asks_the_same(self) -> None:
        assert not self.found(self.GATED, logic=shown_if(asks("5")))

    def test_or_asks_for_the_address_itself(self) -> None:
        assert not self.found(self.GATED, logic=shown_if(asks(1, "", "notequals")))

    def test_a_hidden_address_without_a_default_is_found(self) -> None:
        assert self.found(EMAIL | {"hidden": "1"})
        assert not self.found(EMAIL | {"hidden": "1", "default": "a@example.org"})

    def test_a_section_may_hide_it_too(self) -> None:
        form = confirmed(radio(5, "Yes"), section(10, logic=shown_if(asks(5))), EMAIL)
        assert subjects(confirmations.find_confirmations_to_hidden_fields, form) == ["8"]


def test_an_address_that_need_not_be_given_is_found() -> None:
    assert subjects(confirmations.find_confirmations_to_optional_fields, confirmed(field(1, "email"))) == ["8"]
    assert not list(confirmations.find_confirmations_to_optional_fields(confirmed()))


@pytest.mark.parametrize(("sender", "is_found"), [("office", True), ("Office <a@example.org>", False), ("", False)])
def test_a_sender_that_is_no_address_is_found(sender: str, is_found: bool) -> None:
    assert bool(list(confirmations.find_malformed_senders(confirmed(sender=sender)))) is is_found


@pytest.mark.parametrize(
    ("delay", "is_found"),
    [("-1 day", True), ("tomorrow", True), ("+1 day", False), ("3 hours", False), ("", False), ("0", False)],
)
def test_a_delay_that_is_no_time_to_come_is_found(delay: str, is_found: bool) -> None:
    assert bool(list(confirmations.find_odd_delays(confirmed(delay=delay)))) is is_found


@pytest.mark.parametrize(
    ("keys", "variant"),
    [
        ({"subject": ""}, "K06-subject"),
        ({"type": "fields", "message": " "}, "K06-message"),
        ({"message": "{$99}"}, "K06-token"),
        ({"logic": shown_if(asks(5, "a"), asks(5, "b"))}, "K06-never"),
    ],
)
def test_one_that_says_nothing_or_is_never_sent_is_found(keys: Raw, variant: str) -> None:
    form = confirmed(EMAIL, radio(5, "a", "b"), **keys)
    assert only(confirmations.find_empty_confirmations, form).data["variant"] == variant
