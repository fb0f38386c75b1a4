from __future__ import annotations

import pytest

from bridge.api.errors import (
    STATUS,
    AnyCode,
    ApiFault,
    Errcode,
    build_limited,
    build_no_such,
    build_refused,
    check_length,
)
from policies.names import Code, Rule
from policies.outcomes import Refuse


@pytest.mark.parametrize("code", [*Errcode, *Code])
def test_every_code_has_exactly_one_status(code: AnyCode) -> None:
    assert 400 <= STATUS[code] <= 503


def test_no_code_of_the_door_is_a_code_of_the_rules() -> None:
    assert not {code.value for code in Errcode} & {code.value for code in Code}


@pytest.mark.parametrize("code", [Code.ALREADY_CLAIMED, Code.ISSUE_CONCLUDED, Code.TXN_REUSED, Code.ISSUE_NOT_OPEN])
def test_what_lost_a_race_is_a_conflict(code: Code) -> None:
    assert STATUS[code] == 409


def test_a_refusal_keeps_its_code_its_sentence_and_the_facts_that_would_change_it() -> None:
    refuse = Refuse(Rule.L1, Code.WRONG_TIER, "Issue 7 waits for T2.", {"your tier": "T1"})
    fault = build_refused(refuse)
    assert fault.status == 403
    assert fault.body() == {
        "errcode": "CHAPERONE_WRONG_TIER",
        "error": "Issue 7 waits for T2.",
        "rule": "L1",
        "facts": {"your tier": "T1"},
    }


def test_who_writes_to_a_concluded_issue_is_told_that_it_can_be_reopened() -> None:
    assert build_refused(Refuse(Rule.L1, Code.ISSUE_CONCLUDED, "It is over.")).body()["reopen"] is True


def test_a_limit_says_when_to_try_again_in_both_ways() -> None:
    fault = build_limited("Too fast.", 1.2)
    assert fault.status == 429
    assert fault.body()["retry_after_ms"] == 1200
    assert fault.headers["Retry-After"] == "2"


def test_a_limit_that_is_over_at_once_still_asks_for_a_moment() -> None:
    fault = build_limited("Too fast.", 0)
    assert (fault.body()["retry_after_ms"], fault.headers["Retry-After"]) == (1, "1")


def test_what_is_missing_is_named() -> None:
    assert build_no_such("issue", "7").body() == {"errcode": "M_NOT_FOUND", "error": "There is no issue '7'."}


def test_a_fields_name_cannot_hide_the_code() -> None:
    assert ApiFault(Errcode.UNKNOWN, "Oh.", {"errcode": "M_FINE"}).body()["errcode"] == "M_UNKNOWN"


def test_a_text_of_the_allowed_length_passes() -> None:
    check_length("subject", "x" * 5, 5)


def test_a_text_over_the_settings_limit_is_a_fault_of_the_body() -> None:
    with pytest.raises(ApiFault) as raised:
        check_length("subject", "x" * 6, 5)
    assert raised.value.body()["faults"] == [{"where": "subject", "fault": "String should have at most 5 characters"}]
