from __future__ import annotations

from bots.logs import where


def test_a_fault_is_told_by_kind_and_line_and_not_by_its_words() -> None:
    try:
        raise ValueError("the customer's secret")
    except ValueError as fault:
        told = where(fault)
    assert told["fault"] == "ValueError"
    assert told["at"].startswith("test_logs.py:")
    assert "secret" not in str(told)


def test_a_fault_that_was_never_raised_has_no_line() -> None:
    assert where(ValueError("x")) == {"fault": "ValueError", "at": ""}
