"""Random sound forms have no error, and a planted defect is found with its code and subject, and nothing else is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.diagnostics.diagnosis import Diagnosis, diagnose
from bots.diagnostics.form import Form
from bots.diagnostics.observations import Level
from bots.diagnostics.parse import parse_form
from tests.builders import forms
from tests.builders.forms import Raw, asks, hidden_if, shown_if
from tests.builders.sound_forms import SoundForm, build_sound_form, sound_bundle

pytestmark = pytest.mark.prove

SEEDS = st.integers(0, 2**32)
EXAMPLES = 3000 if os.environ.get("CHAPERONE_PROVE") else 25


def judge(raw: Raw) -> Diagnosis:
    form = parse_form(json.dumps(raw).encode())
    assert isinstance(form, Form)
    return diagnose(form)


def errors_of(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    return [(o.code, o.subject.id) for o in diagnosis.observations if o.level is Level.ERROR]


@settings(max_examples=EXAMPLES)
@given(SEEDS)
def test_a_sound_form_has_no_error(seed: int) -> None:
    assert errors_of(judge(sound_bundle(build_sound_form(Random(seed))))) == []


@settings(max_examples=EXAMPLES)
@given(SEEDS, SEEDS)
def test_the_order_of_the_array_does_not_matter(seed: int, other: int) -> None:
    raw = sound_bundle(build_sound_form(Random(seed)))
    shuffled = {**raw, "fields": Random(other).sample(raw["fields"], len(raw["fields"]))}
    assert judge(raw).to_json() == judge(shuffled).to_json()


def last(sound: SoundForm) -> str:
    return str(sound.fields[-1]["id"])


def plant_at_a_field(**keys: Any) -> Callable[[SoundForm], str]:
    """A defect of one new text field."""

    def plant(sound: SoundForm) -> str:
        sound.add(forms.text, **keys)
        return last(sound)

    return plant


def plant_self_reference(sound: SoundForm) -> str:
    sound.add(forms.text, logic=shown_if(asks(sound.next_id, "x")))
    return last(sound)


def plant_ring(sound: SoundForm) -> str:
    first = sound.add(forms.radio, "Yes", "No")
    second = sound.add(forms.radio, "Yes", "No", logic=shown_if(asks(first["id"])))
    first["logic"] = shown_if(asks(second["id"]))
    return str(first["id"])


def plant_section_of_its_own(sound: SoundForm) -> str:
    section = sound.add(forms.section)
    child = sound.add(forms.radio, "Yes", "No")
    section["logic"] = shown_if(asks(child["id"]))
    return str(section["id"])


def plant_with_choice(**keys: Any) -> Callable[[SoundForm], str]:
    """A new choice, and a new text whose block asks about it (`ID` stands for its id)."""

    def plant(sound: SoundForm) -> str:
        choice = sound.add(forms.radio, "a", "b")
        logic = json.loads(json.dumps(keys["logic"]).replace('"ID"', json.dumps(choice["id"])))
        sound.add(forms.text, logic=logic)
        return last(sound)

    return plant


def plant_choice(*options: Any, **keys: Any) -> Callable[[SoundForm], str]:
    def plant(sound: SoundForm) -> str:
        sound.add(forms.radio, *options, **keys)
        return last(sound)

    return plant


def plant_number(formula: str = "", **keys: Any) -> Callable[[SoundForm], str]:
    """A new computed number; `OWN` stands for its id, `FIRST` for that of the form's first field."""

    def plant(sound: SoundForm) -> str:
        written = formula.replace("OWN", str(sound.next_id)).replace("FIRST", str(sound.fields[0]["id"]))
        sound.add(forms.number, written, readonly="1", **keys)
        return last(sound)

    return plant


def plant_circle_of_numbers(sound: SoundForm) -> str:
    first = sound.add(forms.number)
    second = sound.add(forms.number, f"[{first['id']}] + 1")
    first["calculation"] = f"[{second['id']}] + 1"
    return str(first["id"])


def plant_reference_to_a_section(sound: SoundForm) -> str:
    section = sound.add(forms.section)
    sound.add(forms.number, f"[{section['id']}] + 1")
    return last(sound)


def plant_homeless_cell(sound: SoundForm) -> str:
    sound.add(forms.field, "tablecell", parent_table_id=5, parent_tableheader_id=6)
    return last(sound)


def plant_twin(sound: SoundForm) -> str:
    twin = sound.add(forms.text)
    twin["id"] = sound.fields[-2]["id"]
    return str(twin["id"])


AT_A_FIELD: list[tuple[str, Callable[[SoundForm], str]]] = [
    ("L01", plant_at_a_field(logic=shown_if(asks(99)))),
    ("L01", plant_at_a_field(logic=hidden_if(asks(None)))),
    ("L02", plant_self_reference),
    ("L03", plant_ring),
    ("L04", plant_section_of_its_own),
    ("L05", plant_with_choice(logic=shown_if(asks("ID", "c")))),
    ("L05", plant_with_choice(logic=shown_if(asks("ID", "A "), conditional="any"))),
    ("L07", plant_with_choice(logic=shown_if(asks("ID", "a", "resembles")))),
    ("L07", plant_with_choice(logic={"checks": [asks("ID", "a")]})),
    ("L10", plant_with_choice(logic=shown_if(asks("ID", "a"), asks("ID", "b")))),
    ("R01", plant_at_a_field(required="1", hidden="1")),
    ("R03", plant_at_a_field(required=True, readonly=1)),
    ("R06", plant_choice("a", "b", default="c")),
    ("R09", plant_number(min_value=5, max_value=4)),
    ("O01", plant_choice()),
    ("O04", plant_choice("a", "b", "a")),
    ("C01", plant_number("[99] * 2")),
    ("C02", plant_number("[OWN] + 1")),
    ("C03", plant_circle_of_numbers),
    ("C04", plant_number("( [FIRST] + 1")),
    ("C07", plant_reference_to_a_section),
    ("C14", plant_number(field_one_calculation="current_date")),
    ("C20", plant_homeless_cell),
    ("F09", plant_twin),
]


@pytest.mark.parametrize(("code", "plant"), AT_A_FIELD)
@settings(max_examples=EXAMPLES)
@given(seed=SEEDS)
def test_a_defect_planted_at_a_field_is_found_and_nothing_else(
    code: str, plant: Callable[[SoundForm], str], seed: int
) -> None:
    sound = build_sound_form(Random(seed))
    subject = plant(sound)
    sound.add(forms.text)
    assert errors_of(judge(sound_bundle(sound))) == [(code, subject)]


ELSEWHERE: list[tuple[set[str], str, Raw]] = [
    ({"N01"}, "notifications", {"recipients": ""}),
    ({"N02"}, "notifications", {"recipients": "office"}),
    ({"N03"}, "notifications", {"recipients": "99"}),
    ({"N07"}, "notifications", {"message": "{$99}"}),
    ({"L01"}, "notifications", {"logic": shown_if(asks(99))}),
    ({"K01"}, "confirmations", {"to_field": "99"}),
    ({"K04"}, "confirmations", {"sender": "office"}),
    ({"W01"}, "webhooks", {"url": "example.org"}),
    ({"W02"}, "webhooks", {"url": "http://example.org/"}),
    ({"W03"}, "webhooks", {"url": "https://localhost/"}),
]


@pytest.mark.parametrize(("codes", "part", "keys"), ELSEWHERE)
@settings(max_examples=EXAMPLES)
@given(seed=SEEDS)
def test_a_defect_planted_elsewhere_is_found_and_nothing_else(codes: set[str], part: str, keys: Raw, seed: int) -> None:
    raw = sound_bundle(build_sound_form(Random(seed)))
    raw[part][0] |= keys
    found = errors_of(judge(raw))
    assert {code for code, _ in found} == codes
    assert {subject for _, subject in found} == {str(raw[part][0]["id"])}


@settings(max_examples=EXAMPLES)
@given(SEEDS)
def test_the_same_webhook_twice_is_found(seed: int) -> None:
    raw = sound_bundle(build_sound_form(Random(seed)))
    raw["webhooks"].append(raw["webhooks"][0] | {"id": 4})
    assert errors_of(judge(raw)) == [("W07", "4")]


@settings(max_examples=EXAMPLES)
@given(SEEDS)
def test_fields_lost_by_name_are_an_error_at_the_label_and_at_the_webhook(seed: int) -> None:
    sound = build_sound_form(Random(seed))
    sound.add(forms.text)["label"] = sound.fields[0]["label"]
    raw = sound_bundle(sound)
    raw["webhooks"][0]["post_data_field_keys"] = "field_names"
    assert {code for code, _ in errors_of(judge(raw))} == {"B03", "W06"}
