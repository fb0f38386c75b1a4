"""What is promised: 60 fields in 20 ms, 2,000 with 1,000 blocks of logic in a second, and growth near linear."""

from __future__ import annotations

import time

import pytest

from bots.diagnostics.diagnosis import diagnose
from bots.diagnostics.form import Form
from bots.diagnostics.parse import parse_form
from tests.bench.diagnostics import build_typical
from tests.work import calls_of


def judge(data: bytes) -> None:
    form = parse_form(data)
    assert isinstance(form, Form)
    diagnose(form)


@pytest.mark.parametrize(("fields", "promised"), [(60, 0.020), (2_000, 1.0)])
def test_a_form_is_judged_in_the_time_that_is_promised(fields: int, promised: float) -> None:
    data, took = build_typical(fields), [promised]
    while min(took) >= promised and len(took) < 12:  # the best of them: what else the machine does is not measured
        began = time.process_time()
        judge(data)
        took.append(time.process_time() - began)
    assert min(took) < promised, took


def test_work_grows_with_the_form_and_hardly_faster() -> None:
    small, large = calls_of(lambda: judge(build_typical(250))), calls_of(lambda: judge(build_typical(2_000)))
    assert large < 8 * 1.5 * small
