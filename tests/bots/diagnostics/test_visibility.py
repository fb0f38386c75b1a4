from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.diagnostics.form import Form
from bots.diagnostics.parse import parse_form
from bots.diagnostics.visibility import find_visibility
from tests.builders.forms import (
    Raw,
    asks,
    build_form,
    checkbox,
    field,
    hidden_if,
    number,
    radio,
    section,
    shown_if,
    text,
)
from tests.builders.sound_forms import build_sound_form
from tests.work import calls_of


def shown(answers: dict[str, str], *fields: Raw) -> dict[str, bool | None]:
    return dict(find_visibility(build_form(*fields), answers).shown)


@pytest.mark.parametrize(
    ("target", "check", "answer", "is_met"),
    [
        (radio(1, "Yes", "No"), asks(1), "Yes", True),
        (radio(1, "Yes", "No"), asks(1), "", False),
        (radio(1, "Yes", "No"), asks(1, condition="notequals"), "", True),
        (checkbox(1, "a", "b"), asks(1, "b"), "a\nb", True),
        (checkbox(1, "a", "b"), asks(1, ""), "", True),
        (number(1), asks(1, "5", "greaterthan"), "6", True),
        (number(1), asks(1, "5", "greaterthan"), "", False),
        (number(1), asks(1, "5.0"), "5", True),
        (number(1), asks(1, "x", "lessthan"), "5", None),
        (field(1, "datetime"), asks(1, "x"), "y", None),
        (text(1), asks(1, "x", "resembles"), "y", None),
        (text(1), asks(99, "x"), "y", None),
    ],
)
def test_one_check_is_judged(target: Raw, check: Raw, answer: str, is_met: bool | None) -> None:
    fields = (target, text(2, logic=shown_if(check)), text(3, logic=hidden_if(check)))
    of_hiding = None if is_met is None else not is_met
    assert shown({"1": answer}, *fields) == {"1": True, "2": is_met, "3": of_hiding}


def test_a_default_counts_until_something_is_answered() -> None:
    fields = (text(1, default="Yes"), text(2, logic=shown_if(asks(1))))
    assert shown({}, *fields)["2"] is True
    assert shown({"1": "No"}, *fields)["2"] is False


def test_a_field_that_does_not_show_counts_as_blank() -> None:
    fields = (radio(1, "Yes"), radio(2, "Yes", logic=shown_if(asks(1))), text(3, logic=shown_if(asks(2))))
    assert shown({"2": "Yes"}, *fields)["3"] is False
    assert shown({"1": "Yes", "2": "Yes"}, *fields)["3"] is True


def test_a_section_hides_all_that_is_in_it() -> None:
    assert shown({}, radio(1, "Yes"), section(2, logic=shown_if(asks(1))), text(3)) == {
        "1": True,
        "2": False,
        "3": False,
    }


def test_what_is_unknown_does_not_matter_where_the_rest_decides() -> None:
    unknown = asks(1, "x")
    fields = (field(1, "datetime"), radio(2, "Yes"))
    assert shown({}, *fields, text(3, logic=shown_if(unknown, asks(2))))["3"] is False
    assert shown({"2": "Yes"}, *fields, text(3, logic=shown_if(unknown, asks(2), conditional="any")))["3"] is True


def test_a_circle_is_unknown_unless_something_else_decides() -> None:
    ring = (radio(1, "Yes", logic=shown_if(asks(2))), radio(2, "Yes", logic=shown_if(asks(1))))
    assert shown({"1": "Yes", "2": "Yes"}, *ring) == {"1": None, "2": None}
    assert shown({}, *ring) == {"1": False, "2": False}


@given(st.integers(0, 2**32))
def test_the_proof_of_any_sound_form_shows_every_field(seed: int) -> None:
    sound = build_sound_form(Random(seed))
    form = parse_form(json.dumps(sound.whole()).encode())
    assert isinstance(form, Form)
    answers = {str(key): "\n".join(sorted(a)) if isinstance(a, set) else str(a) for key, a in sound.answers.items()}
    assert set(find_visibility(form, answers).shown.values()) == {True}


def test_many_fields_in_a_circle_take_a_few_steps_each() -> None:
    def ring(size: int) -> int:
        form = build_form(*(radio(n, "Yes", logic=shown_if(asks((n + 1) % size))) for n in range(size)))
        return calls_of(lambda: find_visibility(form, {"0": "Yes"}))

    assert ring(800) < 5 * ring(200)
