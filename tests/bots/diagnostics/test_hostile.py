"""Forms made to hurt: work stays in proportion to their size, no check fails, and the report stays short."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from bots.diagnostics.diagnosis import Diagnosis, diagnose
from bots.diagnostics.form import Form
from bots.diagnostics.parse import parse_form
from bots.diagnostics.report import build_report
from tests.builders.forms import Raw, asks, checkbox, field, number, radio, raw_form, section, shown_if, text
from tests.work import calls_of

CALLS_PER_BYTE = 60
"""A sound form takes about three; anything squared in what it grows with would take hundreds."""

SHAPES: dict[str, Callable[[], Raw]] = {
    "a block of many checks": lambda: raw_form(
        *(radio(n, "a") for n in range(800)), text(9999, logic=shown_if(*(asks(n % 800, "a") for n in range(4_000))))
    ),
    "many gates on a choice of many options": lambda: raw_form(
        radio(0, *range(15_000)), *(text(n, logic=shown_if(asks(0, n), asks(0, n + 1))) for n in range(1, 800))
    ),
    "two long choices about one field": lambda: raw_form(
        radio(0, *range(1000)),
        section(1, logic=shown_if(*(asks(0, n) for n in range(500)), conditional="any")),
        *(text(n, logic=shown_if(*(asks(0, k) for k in range(500, 520)), conditional="any")) for n in range(2, 100)),
    ),
    "many demands and a choice about one field": lambda: raw_form(
        radio(0, *range(1000)),
        section(1, logic=shown_if(*(asks(0, n, "notequals") for n in range(900)))),
        *(text(n, logic=shown_if(asks(0, 5), asks(0, 950), conditional="any")) for n in range(2, 100)),
    ),
    "a section of many fields that asks about many": lambda: raw_form(
        *(radio(n, "a") for n in range(500)),
        section(50_000, logic=shown_if(*(asks(n, "a") for n in range(2000)))),
        *(radio(n, "a") for n in range(10_000, 12_000)),
    ),
    "a ring of sections": lambda: raw_form(
        *(
            each
            for n in range(500)
            for each in (section(10_000 + n, logic=shown_if(asks((n + 1) % 500, "a"))), radio(n, "a"))
        )
    ),
    "everybody waits for everybody": lambda: raw_form(
        *(radio(n, "a", logic=shown_if(*(asks(m, "a") for m in range(80) if m != n))) for n in range(80))
    ),
    "a formula without end": lambda: raw_form(number(1), number(2, " + ".join(["[1]"] * 150_000))),
    "nothing but brackets": lambda: raw_form(number(1, "(" * 2_000_000)),
    "a column of many references and many cells": lambda: raw_form(
        field(1, "tableheader", calculation=" + ".join(f"[{n}]" for n in range(10_000))),
        *(field(n, "tablecell", parent_tableheader_id=1) for n in range(2, 800)),
    ),
    "labels of megabytes": lambda: raw_form(text(1, label="<" * 2_000_000), text(2, label="<a @room " * 200_000)),
    "addresses of megabytes": lambda: raw_form(
        text(1), notifications=[{"id": 1, "recipients": "a@" + "b." * 500_000, "message": "<" * 1_000_000}]
    ),
    "a default of many lines": lambda: raw_form(
        checkbox(1, "a", default="a\n" * 500_000), *(text(n, logic=shown_if(asks(1, "b"))) for n in range(2, 800))
    ),
    "one label for all": lambda: raw_form(
        *(text(n, label="same", name="same") for n in range(1500)), webhooks=[{"id": n} for n in range(200)]
    ),
}


def report_on(data: bytes) -> tuple[Diagnosis, str, str]:
    form = parse_form(data)
    assert isinstance(form, Form)
    diagnosis = diagnose(form)
    return diagnosis, *build_report(diagnosis, "hostile.json")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_hostile_form_is_judged_with_bounded_work(shape: str) -> None:
    data = json.dumps(SHAPES[shape]()).encode()
    done: list[tuple[Diagnosis, str, str]] = []
    assert calls_of(lambda: done.append(report_on(data))) < CALLS_PER_BYTE * len(data)
    ((diagnosis, plain, html),) = done
    assert not [each for each in diagnosis.observations if each.code == "X01"]
    assert len(plain) < 8000
    assert len(html) < 12_000
