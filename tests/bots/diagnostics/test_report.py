from __future__ import annotations

import json
from typing import Any

import nh3

from bots.diagnostics.diagnosis import diagnose
from bots.diagnostics.parse import parse_form
from bots.diagnostics.report import build_report
from tests.builders.forms import asks, build_form, number, radio, raw_form, shown_if, text


def report(*fields: dict[str, Any], source: str = "contact.json", **keys: Any) -> tuple[str, str]:
    return build_report(diagnose(build_form(*fields, **keys)), source)


def test_a_sound_form_is_told_in_one_breath() -> None:
    plain, _ = report(text(1, required="1"), notifications=[], confirmations=[], webhooks=[])
    headline, nothing, looked_at = plain.split("\n")
    assert headline == "“Contact” (form 4711), from contact.json: nothing found in 1 field."
    assert nothing == ""
    assert looked_at.startswith("Found in: notifications (1 note). Nothing found in: logic, conditions, calculations,")


def test_errors_come_before_warnings() -> None:
    plain, _ = report(text(1, required=1), text(2, logic=shown_if(asks(1, ""))), number(3, "[99]", readonly=1))
    assert "1 error, 1 warning in 3 fields" in plain
    assert plain.index("Error C01") < plain.index("Warning L06")


def test_many_findings_of_one_code_are_told_by_example_and_named() -> None:
    plain, html = report(*(text(n, required=1, logic=shown_if(asks(999))) for n in range(20)))
    assert plain.count("which is not on the form; it was probably deleted") == 3
    assert "and 17 more: field 3, field 4" in plain
    assert "field 10 …" in plain
    assert html.count("<li>") == 4


def test_what_the_file_did_not_hold_is_said_and_not_taken_for_none() -> None:
    plain, _ = report(text(1), webhooks=[])
    assert "Not read, so not looked at: notification e-mails, confirmation e-mails." in plain


def test_what_was_passed_over_is_said() -> None:
    assert "Passed over: 1 entry" in report(text(""))[0]


def test_a_customers_text_is_text_in_both_forms() -> None:
    label = (
        '<img src=x onerror="alert(1)"> @room\n\n# **x** [a](b) <a href="https://matrix.to/#/@ada:localhost">Ada</a>'
    )
    plain, html = report(
        radio(1, "Yes", label=label), text(2, logic=shown_if(asks(1, label))), name=label, source=f"{label}.json"
    )
    assert "<img" not in html
    assert "<a " not in html
    assert nh3.clean(html, tags={"p", "ul", "li", "br", "strong"}) == html.replace("&quot;", '"').replace("&#x27;", "'")
    assert "\n#" not in plain


def test_a_report_on_very_long_texts_stays_short() -> None:
    label = "x" * 200_000
    form = parse_form(json.dumps(raw_form(radio(1, label=label), text(2, logic=shown_if(asks(1, label))))).encode())
    plain, html = build_report(diagnose(form), label)  # type: ignore[arg-type]  # a form, as above it shows
    assert len(plain) < 2000
    assert len(html) < 2000
