from __future__ import annotations

import json

import pytest

from bots.answer import Chat, Declined, File, Graph, Part, Progress
from bots.diagnostics import confined
from bots.diagnostics.answering import Job, Outcome, answer_job
from bots.diagnostics.confined import Confinement, TooHard
from tests.builders.forms import asks, radio, raw_form, shown_if, text

FORM = json.dumps(raw_form(radio(1, "Yes"), text(2, logic=shown_if(asks(1), asks(99))))).encode()
SUBMISSION = json.dumps({"form": "4711", "data": [{"field": 1, "value": "No"}]}).encode()


async def test_a_process_of_its_own_comes_to_the_same() -> None:
    job = Job("contact.json", "", FORM, SUBMISSION)
    assert await Confinement().run(job) == answer_job(job)


async def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(TooHard, match=r"more than 0\.01 seconds"):
        await Confinement(seconds=0.01).run(Job("x", "", FORM))


async def test_what_takes_too_much_memory_is_ended() -> None:
    with pytest.raises(TooHard, match="more memory or time"):
        await Confinement(memory=96 * 1024 * 1024).run(Job("x", "", b'{"fields": [' + b"{}," * 3_000_000 + b"{}]}"))


async def test_after_one_that_was_ended_others_are_judged() -> None:
    confinement = Confinement(memory=96 * 1024 * 1024)
    for _ in range(3):
        with pytest.raises(TooHard):
            await confinement.run(Job("x", "", b'{"fields": [' + b"{}," * 3_000_000 + b"{}]}"))
    assert (await Confinement().run(Job("x", "", FORM))).is_form


@pytest.mark.parametrize(
    "part",
    [
        Chat("a\ud800"[:1], "<b>"),
        Declined("CODE", "words"),
        File("a.json", b"\x00\xff", "application/json", "caption"),
        Graph("a.png", b"\x89", "caption", ({"id": "1"},), (("1", "2", "logic"),)),
    ],
)
def test_a_part_comes_out_as_it_went_in(part: Part) -> None:
    outcome = Outcome((part,), ({"code": "L01", "level": "error", "detail": "x"},), is_form=True)
    assert confined._read_outcome(confined._write_outcome(outcome)) == outcome


def test_what_is_no_part_of_a_report_does_not_come_out() -> None:
    with pytest.raises(TypeError):
        confined._write_part(Progress("x"))


@pytest.mark.parametrize("written", [b"", b"{}", b"[]", b'{"parts": [{"kind": "x"}], "findings": [], "is_form": true}'])
def test_an_answer_that_cannot_be_read_is_no_answer(written: bytes) -> None:
    with pytest.raises(TooHard):
        confined._read_outcome(written)


def test_a_job_comes_out_as_it_went_in() -> None:
    job = Job("ü", "why?", b"\n\n{", b"}\n", findings_only=True)
    assert confined._read_job(confined._write_job(job)) == job
