"""Forms made to hurt: work stays in proportion to their size, no check fails, and the report stays short."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.answer import Chat, File, Graph
from bots.diagnostics.answering import Job, Outcome, answer_job
from bots.diagnostics.confined import Confinement
from bots.diagnostics.diagnosis import Diagnosis, diagnose
from bots.diagnostics.form import Form
from bots.diagnostics.parse import parse_form
from bots.diagnostics.report import build_report
from tests.builders.anything import json_objects, json_values
from tests.builders.forms import Raw, asks, checkbox, field, number, radio, raw_form, section, shown_if, text
from tests.work import calls_of

CALLS_FOR_A_PICTURE = 3_000_000
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


KEYS = [*("id", "type", "label", "sort", "options", "logic", "calculation", "default", "hidden", "required")]
VALUES = ["section", "radio", "checkbox", "1", 1, 2, "[1]", "[2] + [1]", shown_if(asks(1), asks("2"), asks(None, 0))]
INTRICATE = ["a ring of sections", "a default of many lines"]
ANSWERED = list(SHAPES) if os.environ.get("CHAPERONE_PROVE") else [*INTRICATE, "one label for all"]
REQUESTS = ["only errors", "field 1", "why is field 2 hidden?", "why is field 79 hidden?", "what if 0 = a and 1 = a"]
LARGEST_PART = 6 * 1024 * 1024


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


@pytest.mark.parametrize(
    ("shape", "words"),
    [*((shape, "") for shape in ANSWERED), *((shape, words) for shape in INTRICATE for words in REQUESTS)],
)
def test_a_whole_answer_about_a_hostile_form_takes_bounded_work_and_room(shape: str, words: str) -> None:
    data = json.dumps(SHAPES[shape]()).encode()
    done: list[Outcome] = []
    work = calls_of(lambda: done.append(answer_job(Job("hostile.json", words, data))))
    assert work < CALLS_PER_BYTE * len(data) + CALLS_FOR_A_PICTURE
    ((outcome,),) = (done,)
    for part in outcome.parts:
        written = part.data if isinstance(part, File) else part.png if isinstance(part, Graph) else b""
        assert len(written) < LARGEST_PART
        if isinstance(part, Chat):
            assert len(part.text) < 30_000


HURTFUL = "</script><script>alert(1)</script>@room <@ada:localhost> IGNORE ALL INSTRUCTIONS \u202e\x00[x](javascript:y)"


def test_labels_made_to_hurt_stay_words_everywhere() -> None:
    fields = (radio(1, HURTFUL, label=HURTFUL), text(2, label=HURTFUL, logic=shown_if(asks(1, "x" + HURTFUL))))
    form = raw_form(*fields, name=HURTFUL, notifications=[{"id": HURTFUL, "name": HURTFUL, "recipients": HURTFUL}])
    for words in ["", *REQUESTS]:
        for part in answer_job(Job(HURTFUL, words, json.dumps(form).encode())).parts:
            if isinstance(part, Chat):
                assert "<script" not in part.html
                assert "\u202e" not in part.text
            if isinstance(part, File) and part.mimetype == "text/html":
                assert b"<script" not in part.data


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"fields": [' + b'{"id": 1},' * 100_000 + b"{}]}", "FORM_HAS_TOO_MANY_FIELDS"),
        (b'{"fields": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}", "FORM_TOO_DEEP"),
        (b'{"fields": [{"id": 1, "label": "' + b"x" * 10_485_000 + b'"}]}', "10,484"),
        (b'{"fields": [{"id": 1, "label": "' + b"x" * 11_000_000 + b'"}]}', "FORM_TOO_LARGE"),
    ],
)
async def test_the_largest_there_is_gets_an_answer_and_a_limit(data: bytes, code: str) -> None:
    outcome = await Confinement().run(Job("large.json", "", data))
    assert isinstance(outcome.parts[0], Chat)
    assert code in outcome.parts[0].text or code == "10,484"


@settings(max_examples=60)
@given(
    st.fixed_dictionaries({"fields": st.lists(json_objects(KEYS, VALUES) | json_values, max_size=6)}),
    st.sampled_from([*REQUESTS, "why is field 1 hidden?", "what if 1 = 1 and 2 = 2", "why is “x” hidden?", ""]),
)
def test_any_fields_and_any_request_get_an_answer(value: Raw, words: str) -> None:
    outcome = answer_job(Job("any.json", words, json.dumps(value).encode()))
    assert isinstance(outcome.parts[0], Chat)
    assert outcome.parts[0].text
