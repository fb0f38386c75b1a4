"""A defect of every code of the catalogue, planted in a random sound form: found at its subject, and no error else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.diagnostics.catalogue import load_codes
from bots.diagnostics.diagnosis import diagnose
from bots.diagnostics.form import Form
from bots.diagnostics.observations import Level, Observation
from bots.diagnostics.parse import parse_form
from tests.bots.diagnostics import test_soundness as soundness
from tests.builders import forms
from tests.builders.forms import Raw, asks, hidden_if, shown_if
from tests.builders.sound_forms import SoundForm, build_sound_form, sound_bundle

pytestmark = pytest.mark.prove

SEEDS = st.integers(0, 2**32)
EXAMPLES = 200 if os.environ.get("CHAPERONE_PROVE") else 6
FORM_ID = "4711"

Later = Callable[[Raw], None]
Planted = tuple[str, Later | None]
"""The subject, and what is to be done to the whole form once it is built."""
Plant = Callable[[SoundForm], Planted]


def judge(raw: Raw) -> tuple[Observation, ...]:
    form = parse_form(json.dumps(raw).encode())
    assert isinstance(form, Form)
    return diagnose(form).observations


def added(s: SoundForm, build: Any = forms.text, *arguments: Any, **keys: Any) -> str:
    return str(s.add(build, *arguments, **keys)["id"])


def one(build: Any, *arguments: Any, **keys: Any) -> Plant:
    """One new field with the defect."""
    return lambda s: (added(s, build, *arguments, **keys), None)


def asking(logic: Callable[[str], Raw], *options: Any, build: Any = forms.radio, **keys: Any) -> Plant:
    """A new text whose block asks about a new field."""

    def plant(s: SoundForm) -> Planted:
        target = added(s, build, *(options if build is not forms.radio else options or ("a", "b", "c")), **keys)
        return added(s, logic=logic(target)), None

    return plant


def computed(formula: Callable[[str], str], build: Any = forms.number, *arguments: Any, **keys: Any) -> Plant:
    """A new number computed from a new field. `result_…` are keys of the number."""
    of_result = {key.removeprefix("result_"): keys.pop(key) for key in list(keys) if key.startswith("result_")}

    def plant(s: SoundForm) -> Planted:
        target = added(s, build, *arguments, **keys)
        return added(s, forms.number, formula(target), **{"readonly": "1", **of_result}), None

    return plant


def whole(**keys: Any) -> Plant:
    """Of the form itself."""
    return lambda s: (FORM_ID, lambda raw: raw.update(keys))


def part(name: str, **keys: Any) -> Plant:
    """Of an e-mail or a webhook."""
    subject = {"notifications": "1", "confirmations": "2", "webhooks": "3"}[name]
    return lambda s: (subject, lambda raw: raw[name][0].update(keys))


def part_asking(name: str, logic: Callable[[str], Raw]) -> Plant:
    subject = {"notifications": "1", "confirmations": "2", "webhooks": "3"}[name]

    def plant(s: SoundForm) -> Planted:
        target = added(s, forms.radio, "a", "b")
        return subject, lambda raw: raw[name][0].update(logic=logic(target))

    return plant


def submitted(value: Any, build: Any, *arguments: Any, **keys: Any) -> Plant:
    """A new field, and a submission with this value for it."""

    def plant(s: SoundForm) -> Planted:
        subject = added(s, build, *arguments, **keys)
        return subject, lambda raw: raw.update(submission={"id": 9, "data": [{"field": subject, "value": value}]})

    return plant


def plant_deep(s: SoundForm) -> Planted:
    before = added(s, forms.radio, "a")
    for _ in range(7):
        before = added(s, forms.radio, "a", logic=shown_if(asks(before, "a")))
    return before, None


def plant_long_calculation(s: SoundForm) -> Planted:
    before = added(s, forms.number)
    for _ in range(12):
        before = added(s, forms.number, f"[{before}] + 1", readonly="1")
    return before, None


def plant_later_page(s: SoundForm) -> Planted:
    asker = s.add(forms.text)
    s.add(forms.section, section_break="1")
    target = s.add(forms.radio, "a")
    asker["logic"] = shown_if(asks(target["id"], "a"))
    return str(asker["id"]), None


def plant_repeated_section(s: SoundForm) -> Planted:
    target = added(s, forms.radio, "a")
    added(s, forms.section, logic=shown_if(asks(target, "a")))
    return added(s, logic=shown_if(asks(target, "a"))), None


def plant_against_section(s: SoundForm) -> Planted:
    target = added(s, forms.radio, "a", "b")
    added(s, forms.section, logic=shown_if(asks(target, "a")))
    return added(s, logic=hidden_if(asks(target, "a"))), None


def plant_circle_with_a_way_in(s: SoundForm) -> Planted:
    first = s.add(forms.radio, "a", "b")
    second = s.add(forms.radio, "a", "b", logic=shown_if(asks(first["id"], "a", "notequals")))
    first["logic"] = shown_if(asks(second["id"], "a", "notequals"))
    return str(first["id"]), None


def plant_unreachable(s: SoundForm) -> Planted:
    ring = [s.add(forms.radio, "a"), s.add(forms.radio, "a")]
    ring[0]["logic"], ring[1]["logic"] = shown_if(asks(ring[1]["id"], "a")), shown_if(asks(ring[0]["id"], "a"))
    return added(s, logic=shown_if(asks(ring[0]["id"], "a"))), None


def plant_required_unreachable(s: SoundForm) -> Planted:
    ring = [s.add(forms.radio, "a"), s.add(forms.radio, "a", required="1")]
    ring[0]["logic"], ring[1]["logic"] = shown_if(asks(ring[1]["id"], "a")), shown_if(asks(ring[0]["id"], "a"))
    return str(ring[1]["id"]), None


def plant_gated_reference(s: SoundForm) -> Planted:
    choice = added(s, forms.radio, "a")
    number = added(s, forms.number, logic=shown_if(asks(choice, "a")))
    s.add(forms.section)
    return added(s, forms.number, f"[{number}] + 1", readonly="1"), None


def plant_mixed_circle(s: SoundForm) -> Planted:
    first = s.add(forms.number)
    second = s.add(forms.number, f"[{first['id']}] + 1", readonly="1")
    first["logic"] = shown_if(asks(second["id"], "5", "notequals"))
    return str(first["id"]), None


def plant_twins(key: str) -> Plant:
    def plant(s: SoundForm) -> Planted:
        first, second = s.add(forms.text), s.add(forms.text)
        second[key] = first[key] = "Twin"
        return str(first["id"]), None

    return plant


def relabelled(label: str, **keys: Any) -> Plant:
    def plant(s: SoundForm) -> Planted:
        made = s.add(forms.text, **keys)
        made["label"] = label
        return str(made["id"]), None

    return plant


def plant_helper(s: SoundForm) -> Planted:
    made = s.add(forms.text)
    made["label"] = "MARV_helper"
    return str(made["id"]), None


def plant_same_sort(s: SoundForm) -> Planted:
    s.add(forms.text)
    made = s.add(forms.text)
    made["sort"] = "x"
    s.add(forms.text)
    return str(made["id"]), None


def plant_optional_address(s: SoundForm) -> Planted:
    address = added(s, forms.field, "email")
    return "2", lambda raw: raw["confirmations"][0].update(to_field=address)


def plant_hidden_address(s: SoundForm) -> Planted:
    address = added(s, forms.field, "email", hidden="1")
    return "2", lambda raw: raw["confirmations"][0].update(to_field=address)


def plant_file_and(name: str, subject: str, **keys: Any) -> Plant:
    def plant(s: SoundForm) -> Planted:
        added(s, forms.field, "file")
        return subject, lambda raw: raw[name][0].update(keys)

    return plant


def plant_secret_by_mail(s: SoundForm) -> Planted:
    s.add(forms.text)["label"] = "Your password"
    return "1", lambda raw: raw["notifications"][0].update(type="data")


def plant_second(name: str) -> Plant:
    def plant(s: SoundForm) -> Planted:
        return "9", lambda raw: raw[name].append({**raw[name][0], "id": 9})

    return plant


def plant_lost_by_name(s: SoundForm) -> Planted:
    first, second = s.add(forms.text), s.add(forms.text)
    second["label"] = first["label"]
    return "3", lambda raw: raw["webhooks"][0].update(post_data_field_keys="field_names")


def plant_large(s: SoundForm) -> Planted:
    for _ in range(101):
        s.add(forms.text)
    return FORM_ID, None


def plant_empty_section(s: SoundForm) -> Planted:
    s.add(forms.text)
    return added(s, forms.section), lambda raw: None


def plant_one_question(s: SoundForm) -> Planted:
    added(s, forms.field, "matrix")
    return FORM_ID, lambda raw: raw.update(should_display_one_question_at_a_time=True)


def nothing_required(raw: Raw) -> None:
    for each in raw["fields"]:
        each.pop("required", None)


def no_fields(raw: Raw) -> None:
    raw.update(fields=[], confirmations=[], notifications=[], webhooks=[])


def plant_shown_and_blank(s: SoundForm) -> Planted:
    subject = added(s, required="1")
    empty = {"id": 9, "data": [{"field": str(each["id"]), "value": ""} for each in s.fields]}
    return str(s.email_id or subject), lambda raw: raw.update(submission=empty)


def plant_hidden_and_filled(s: SoundForm) -> Planted:
    choice = added(s, forms.radio, "a", "b")
    subject = added(s, logic=shown_if(asks(choice, "a")))
    data = [{"field": choice, "value": "b"}, {"field": subject, "value": "x"}]
    return subject, lambda raw: raw.update(submission={"id": 9, "data": data})


def plant_wrong_result(s: SoundForm) -> Planted:
    number = added(s, forms.number)
    subject = added(s, forms.number, f"[{number}] * 2", readonly="1")
    data = [{"field": number, "value": "2"}, {"field": subject, "value": "5"}]
    return subject, lambda raw: raw.update(submission={"id": 9, "data": data})


MATRIX = {"row_choices": "Food", "column_choices": "Good\nBad"}

PLANTED: list[tuple[str, Plant, set[str]]] = [
    # code, how it is planted, and errors that cannot but come along
    ("L03", plant_circle_with_a_way_in, set()),
    ("L06", asking(lambda t: shown_if(asks(t, ""))), set()),
    ("L08", one(forms.text, logic={"action": "show", "conditional": "all", "checks": []}), set()),
    ("L09", asking(lambda t: shown_if(asks(t, "5", "greaterthan"))), set()),
    ("L11", plant_unreachable, {"L03"}),
    ("L12", asking(lambda t: shown_if(*(asks(t, o) for o in ("a", "b", "c", "")), conditional="any")), set()),
    ("L13", asking(lambda t: shown_if(asks(t, "a"), asks(t, "a"))), set()),
    ("L14", plant_repeated_section, set()),
    ("L15", asking(lambda t: shown_if(asks(t, "x")), "signature", build=forms.field), set()),
    ("L16", asking(lambda t: shown_if(asks(t, "x")), build=forms.text, hidden="1"), set()),
    ("L17", plant_later_page, set()),
    ("L18", plant_deep, set()),
    (
        "L19",
        asking(lambda t: shown_if(*(asks(t, n, "notequals") for n in range(21))), build=forms.number, min_value=1),
        set(),
    ),
    (
        "L20",
        asking(lambda t: shown_if(asks(t, "a", "notequals"), asks(t, "b", "notequals"), conditional="any")),
        set(),
    ),
    ("L21", plant_against_section, set()),
    (
        "X02",
        asking(lambda t: shown_if(*(asks(t, f"no {n}", "notequals") for n in range(80))), build=forms.text),
        set(),
    ),
    ("R02", plant_required_unreachable, {"L03"}),
    ("R04", one(forms.radio, required="1"), {"O01"}),
    ("R05", one(forms.field, "richtext", required="1"), set()),
    ("R07", one(forms.number, min_value=1, max_value=5, default="9"), set()),
    ("R08", one(forms.field, "email", default="nobody"), set()),
    ("R10", one(forms.text, readonly="1"), set()),
    ("R11", one(forms.radio, "a", "b", uniq="1"), set()),
    ("R12", one(forms.text, hidden="1"), set()),
    ("O02", one(forms.radio, "a"), set()),
    ("O03", one(forms.radio, "a", ""), set()),
    (
        "O05",
        lambda s: (added(s, forms.field, "select", options=[{"label": "x", "value": v} for v in "ab"]), None),
        set(),
    ),
    ("O06", one(forms.radio, *range(101)), set()),
    ("O07", one(forms.radio, "a", "b "), set()),
    ("B01", relabelled(""), set()),
    ("B02", relabelled(" Label"), set()),
    ("B03", plant_twins("label"), set()),
    ("B04", plant_twins("name"), set()),
    ("B05", one(forms.text, hide_label="1"), set()),
    ("B06", relabelled("<b>Label</b>"), set()),
    ("B07", relabelled("x" * 256), set()),
    ("C05", computed(lambda t: f"[{t}] + 1", forms.field, "email"), set()),
    ("C06", computed(lambda t: f"[{t}] + 1", forms.text), set()),
    ("C08", computed(lambda t: f"[{t}] / 0"), set()),
    ("C09", computed(lambda t: f"1 / [{t}]"), set()),
    ("C10", plant_gated_reference, set()),
    ("C11", computed(lambda t: f"[{t}] + 1", result_readonly="0"), set()),
    ("C12", computed(lambda t: "1 + 1"), set()),
    (
        "C13",
        computed(
            lambda t: f"[{t}] + 1",
            result_field_one_calculation="current_date",
            result_field_two_calculation="current_date",
            result_calculation_units="days",
        ),
        set(),
    ),
    ("C15", computed(lambda t: f"[{t}] + 1", result_type="email"), set()),
    ("C16", plant_long_calculation, set()),
    ("C17", computed(lambda t: f"[{t}] - 1"), set()),
    ("C18", computed(lambda t: f"[{t}] / 2", result_decimals="0"), set()),
    ("C19", plant_mixed_circle, set()),
    ("N04", part("notifications", from_type="custom", from_value="me@gmail.com"), set()),
    ("N05", part("notifications", subject=" "), set()),
    ("N06", part("notifications", type="fields", message="<p></p>"), set()),
    ("N08", lambda s: (FORM_ID, lambda raw: raw.update(notifications=[])), set()),
    ("N09", part_asking("notifications", lambda t: shown_if(asks(t, "a"), asks(t, "b"))), set()),
    ("N10", plant_second("notifications"), set()),
    ("N11", plant_file_and("notifications", "1", attach_limit="5"), set()),
    ("N12", plant_secret_by_mail, set()),
    ("K02", plant_hidden_address, set()),
    ("K03", plant_optional_address, set()),
    ("K05", part("confirmations", delay="yesterday"), set()),
    ("K06", part("confirmations", subject=""), set()),
    ("W04", part("webhooks", handshake_key=""), set()),
    ("W05", part("webhooks", url="https://example.org/?token=x"), set()),
    ("W06", plant_lost_by_name, {"B03"}),
    ("W07", plant_second("webhooks"), set()),
    ("W08", part_asking("webhooks", lambda t: shown_if(asks(t, "a"), asks(t, "b"))), set()),
    ("W09", part("webhooks", url="https://webhook.site/x"), set()),
    ("W10", plant_file_and("webhooks", "3", content_type="urlencoded"), set()),
    ("F01", whole(inactive=True), set()),
    ("F02", whole(is_workflow_form=True, is_workflow_published=False), set()),
    ("F03", whole(encrypted=True), set()),
    ("F04", plant_one_question, set()),
    ("F05", lambda s: (FORM_ID, nothing_required), set()),
    ("F06", lambda s: (FORM_ID, no_fields), set()),
    ("F07", plant_large, set()),
    ("F08", one(forms.field, "hologram"), set()),
    ("F10", plant_same_sort, set()),
    ("F11", plant_empty_section, set()),
    ("F12", plant_helper, set()),
    ("F13", one(forms.field, "embed", section_text="<SCRIPT src=x>"), set()),
    ("F14", lambda s: (FORM_ID, lambda raw: raw.pop("webhooks")), set()),
    ("S01", submitted("z", forms.radio, "a", "b"), set()),
    ("S02", plant_shown_and_blank, set()),
    ("S03", plant_hidden_and_filled, set()),
    ("S04", submitted("many", forms.number), set()),
    ("S05", submitted("1970-01-01", forms.field, "datetime"), set()),
    ("S06", submitted("Pool = Good", forms.field, "matrix", **MATRIX), set()),
    ("S07", plant_wrong_result, set()),
]
OF_ERROR_LEVEL = {code for code, *_ in soundness.AT_A_FIELD} | {
    code for codes, *_ in soundness.ELSEWHERE for code in codes
}


@pytest.mark.parametrize(("code", "plant", "with_it"), PLANTED, ids=[code for code, *_ in PLANTED])
@settings(max_examples=EXAMPLES)
@given(seed=SEEDS)
def test_a_defect_of_each_code_is_found_at_its_subject(code: str, plant: Plant, with_it: set[str], seed: int) -> None:
    sound = build_sound_form(Random(seed))
    sound.add(forms.section)  # whatever stood before does not govern what is planted
    sound.add(forms.text)
    subject, later = plant(sound)
    if code != "F11":
        sound.add(forms.text)
    raw = sound_bundle(sound)
    if later:
        later(raw)
    found = judge(raw)
    assert (code, subject) in {(each.code, each.subject.id) for each in found}
    errors = {each.code for each in found if each.level is Level.ERROR}
    assert errors - with_it <= ({code} if load_codes()[code].level is Level.ERROR else set())


def test_no_code_is_left_out() -> None:
    assert OF_ERROR_LEVEL | {code for code, *_ in PLANTED} == load_codes().keys() - {"X01"}
