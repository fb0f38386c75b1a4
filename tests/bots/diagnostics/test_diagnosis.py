from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

import pytest

from bots.diagnostics.diagnosis import diagnose
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.makers import MAKERS
from bots.diagnostics.makers.logic import find_self_references
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Level, Observation
from bots.diagnostics.parse import parse_value
from tests.builders.forms import Raw, asks, build_form, number, radio, raw_form, section, shown_if, text
from tests.work import calls_of


def broken(form: Form) -> Iterator[Observation]:
    raise ZeroDivisionError
    yield


def test_a_check_that_fails_is_one_error_and_the_others_still_run() -> None:
    maker = Maker("theme", frozenset(), (broken, find_self_references))
    result = diagnose(build_form(text(1, logic=shown_if(asks(1)))), [maker])
    assert [each.code for each in result.observations] == ["X01", "L02"]
    assert "ZeroDivisionError" in result.observations[0].detail


def test_a_maker_without_what_it_needs_is_not_asked_and_says_so() -> None:
    maker = Maker("webhooks", frozenset({Resource.WEBHOOKS}), (broken,))
    result = diagnose(build_form(), [maker])
    assert not result.observations
    assert result.makers[0].lacked == (Resource.WEBHOOKS,)


def test_the_counts_are_told_for_each_maker() -> None:
    result = diagnose(build_form(text(1, logic=shown_if(asks(1))), number(2, "[99]")))
    counts = {maker.name: maker.counts.get(Level.ERROR, 0) for maker in result.makers}
    assert (counts["logic"], counts["conditions"], counts["calculations"]) == (1, 0, 1)


def several_mistakes() -> list[Raw]:
    return [
        radio(1, "Yes", logic=shown_if(asks(2))),
        radio(2, "Yes", logic=shown_if(asks(1))),
        section(3, logic=shown_if(asks(4), asks(98))),
        radio(4, "0", logic=shown_if(asks(1, ""), asks(2, "Never"))),
        number(5, "[5] + [97]"),
        number(6, "[7]"),
        number(7, "[6]"),
    ]


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_the_array_does_not_matter(seed: int) -> None:
    fields = raw_form(*several_mistakes())["fields"]
    shuffled = random.Random(seed).sample(fields, len(fields))
    results = [parse_value({"id": 1, "fields": each}) for each in (fields, shuffled)]
    written = [json.dumps(diagnose(form).to_json()) for form in results if isinstance(form, Form)]
    assert written[0] == written[1]


def test_running_again_gives_the_same() -> None:
    form = build_form(*several_mistakes())
    assert diagnose(form) == diagnose(form)


def test_the_worst_comes_first() -> None:
    levels = [each.level.rank for each in diagnose(build_form(*several_mistakes())).observations]
    assert levels == sorted(levels, reverse=True)


def test_every_finding_can_be_written_as_json_without_floats() -> None:
    written = json.dumps(diagnose(build_form(*several_mistakes())).to_json())
    assert not _floats(json.loads(written))


def _floats(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_floats, value.values()))
    if isinstance(value, list):
        return any(map(_floats, value))
    return isinstance(value, float)


def test_no_maker_is_named_twice() -> None:
    assert len({maker.name for maker in MAKERS}) == len(MAKERS)


def chained(count: int) -> Form:
    """A form of so many fields, every second of which asks about the two before it."""
    fields = [
        radio(n, "Yes", "No", logic=shown_if(asks(n - 1), asks(n - 2)) if n % 2 else None) for n in range(2, count)
    ]
    return build_form(text(0), text(1), *fields)


def governed(count: int) -> Form:
    """A section that asks about all its fields."""
    inside = [radio(n, "Yes") for n in range(count)]
    return build_form(section(99_999, logic=shown_if(*(asks(n) for n in range(count)))), *inside)


@pytest.mark.parametrize("build", [chained, governed])
def test_four_times_the_form_is_about_four_times_the_work(build: Callable[[int], Form]) -> None:
    small, large = build(500), build(2000)
    assert calls_of(lambda: diagnose(large)) < 6 * calls_of(lambda: diagnose(small))
