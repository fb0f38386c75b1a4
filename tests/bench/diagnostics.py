"""How long a form takes: at 60 fields, at 2,000 with 1,000 blocks of logic, and how that grows.

Each size is judged several times in one run and the median told; the picture of the curve is made of characters, so
that it can be read wherever the figures are.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from random import Random
from statistics import median
from typing import Any, Final

from bots.diagnostics.answering import Job, answer_job
from bots.diagnostics.confined import Confinement
from bots.diagnostics.diagnosis import diagnose
from bots.diagnostics.form import Form
from bots.diagnostics.parse import parse_form
from tests.builders.forms import Raw, asks, hidden_if, number, radio, raw_form, section, shown_if

SIZES: Final = (60, 125, 250, 500, 1_000, 2_000, 4_000, 8_000)
PROMISED: Final = {60: 20.0, 2_000: 1_000.0}
"""Milliseconds."""
REPEATS: Final = 5
BAR: Final = 50


def build_typical(fields: int, seed: int = 1) -> bytes:
    """A form in which every second field has logic, with sections and calculations, as large exports have them."""
    random = Random(seed)
    made: list[Raw] = []
    for place in range(fields):
        earlier = [random.randrange(max(0, place - 40), place) for _ in range(random.randint(1, 3))] if place else []
        build = hidden_if if random.random() < 0.1 else shown_if
        conditional = random.choice(["all", "any"])
        logic = build(*(asks(t) for t in earlier), conditional=conditional) if place % 2 and earlier else None
        if place % 20 == 10:
            made.append(section(place, logic=logic))
        elif place % 9 == 4:
            made.append(number(place, f"[{max(0, place - 9)}] + 1" if place > 9 else "", readonly="1", logic=logic))
        else:
            made.append(radio(place, "Yes", "No", logic=logic))
    return json.dumps(raw_form(*made, notifications=[], confirmations=[], webhooks=[])).encode()


def measure(data: bytes) -> float:
    """Milliseconds of processor time for reading and judging it: what else the machine does is not measured."""
    return median(_timed(lambda: _judge(data), time.process_time) for _ in range(REPEATS))


def _timed(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    began = clock()
    work()
    return (clock() - began) * 1000


def _judge(data: bytes) -> None:
    form = parse_form(data)
    assert isinstance(form, Form)
    diagnose(form)


async def main() -> None:
    """Tell the figures."""
    took = {size: measure(build_typical(size)) for size in SIZES}
    slowest = max(took.values())
    base = took[SIZES[0]] / SIZES[0]
    _tell("fields   blocks       ms   per field, against 60 fields")
    for size, milliseconds in took.items():
        promised = f"   (promised: {PROMISED[size]:,.0f})" if size in PROMISED else ""
        bar = "#" * max(1, round(milliseconds / slowest * BAR))
        ratio = milliseconds / size / base
        _tell(f"{size:6,} {size // 2:8,} {milliseconds:8,.1f}   x{ratio:4.2f}  {bar}{promised}")
    _tell("")
    for size in PROMISED:
        data = build_typical(size)
        whole = _timed(lambda data=data: answer_job(Job("form.json", "", data)))  # type: ignore[misc]  # bound here, as the loop goes on
        began = time.perf_counter()
        await Confinement().run(Job("form.json", "", data))
        confined = (time.perf_counter() - began) * 1000
        _tell(f"{size:6,} fields: the whole answer with picture and files {whole:,.0f} ms, confined {confined:,.0f} ms")


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # what a benchmark is for
