from __future__ import annotations

from typing import Any

import pytest

from bots.diagnostics.diagnosis import diagnose
from bots.diagnostics.makers.hidden_fields import HIDDEN_FIELDS, find_unused_hidden_fields
from tests.bots.diagnostics.makers.finding import subjects
from tests.builders.forms import Raw, asks, build_form, number, shown_if, text

HIDDEN: Raw = text(1, hidden="1")


def test_a_hidden_field_that_nothing_reads_is_found() -> None:
    assert subjects(find_unused_hidden_fields, build_form(HIDDEN, text(2))) == ["1"]


@pytest.mark.parametrize(
    ("others", "keys"),
    [
        ([text(2, logic=shown_if(asks(1)))], {}),
        ([number(2, "[1] + 1")], {}),
        ([], {"notifications": [{"id": 7, "recipients": "1"}]}),
        ([], {"notifications": [{"id": 7, "message": "{$1}"}]}),
        ([], {"confirmations": [{"id": 8, "to_field": 1}]}),
        ([], {"webhooks": [{"id": 9, "logic": shown_if(asks("1"))}]}),
    ],
)
def test_whatever_reads_it_is_a_use(others: list[Raw], keys: dict[str, Any]) -> None:
    assert not list(find_unused_hidden_fields(build_form(HIDDEN, *others, **keys)))


def test_who_has_not_seen_the_e_mails_says_nothing() -> None:
    result = diagnose(build_form(HIDDEN, notifications=[]), [HIDDEN_FIELDS])
    assert not result.observations
    assert result.makers[0].lacked
