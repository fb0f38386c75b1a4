"""Random forms that are sound, each with its proof: answers under which every field shows.

Logic asks about earlier fields only, and what it asks is true of the answers (or, where it hides, is not). So no gate
contradicts another, and everything can be reached.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.builders import forms
from tests.builders.forms import Raw, asks


@dataclass
class SoundForm:
    """A form being built. `answers` is the proof."""

    random: Random
    fields: list[Raw] = field(default_factory=list)
    answers: dict[int, Any] = field(default_factory=dict)
    next_id: int = 100
    email_id: Any = None

    def add(self, build: Any, *arguments: Any, **keys: Any) -> Raw:
        """Append a field, by one of the builders."""
        made: Raw = build(self.next_id, *arguments, **keys)
        made |= {"label": f"Field no. {self.next_id}", "name": f"field_{self.next_id}", "sort": str(len(self.fields))}
        if self.random.random() < 0.5:
            made["id"] = str(made["id"])
        self.next_id += self.random.randint(1, 9)
        self.fields.append(made)
        return made

    def whole(self, **keys: Any) -> Raw:
        """The export, in whatever order the array is."""
        shuffled = self.random.sample(self.fields, len(self.fields))
        return {"id": "4711", "name": "Sound", "fields": shuffled, **keys}


def build_sound_form(random: Random) -> SoundForm:
    """One of them."""
    sound = SoundForm(random)
    sound.answers[int(sound.add(forms.radio, "a", "b", "c")["id"])] = "b"
    email = sound.add(forms.field, "email", required="1")
    for _ in range(random.randint(2, 20)):
        _add_something(sound)
    sound.add(forms.text)  # so that no section is the last
    sound.email_id = email["id"]
    return sound


def sound_bundle(sound: SoundForm) -> Raw:
    """The form with a sound e-mail of each kind and a sound webhook."""
    return sound.whole(
        notifications=[{"id": 1, "recipients": "office@example.org", "subject": "New", "type": "link"}],
        confirmations=[{"id": 2, "to_field": sound.email_id, "sender": "office@example.org", "subject": "Thanks"}],
        webhooks=[
            {"id": 3, "url": "https://example.org/in", "handshake_key": "k", "post_data_field_keys": "field ids"}
        ],
    )


def _add_something(sound: SoundForm) -> None:
    random = sound.random
    none: list[Any] = [None, "", []]
    logic = _logic(sound) if random.random() < 0.5 else random.choice(none)
    match random.choice(["radio", "select", "checkbox", "number", "computed", "text", "section"]):
        case "radio" | "select" as kind:
            options = [f"option {n}" for n in range(random.randint(2, 5))]
            made = sound.add(forms.radio, *options, logic=logic, type=kind)
            sound.answers[int(made["id"])] = random.choice(options)
        case "checkbox":
            boxes = [0, 1, 2][: random.randint(1, 3)]
            made = sound.add(forms.checkbox, *boxes, logic=logic)
            sound.answers[int(made["id"])] = {str(box) for box in boxes if random.random() < 0.5}
        case "number":
            made = sound.add(forms.number, logic=logic, min_value=1, max_value=100)
            sound.answers[int(made["id"])] = random.randint(1, 100)
        case "computed":
            numbers = [each["id"] for each in sound.fields if each["type"] == "number"]
            if numbers:
                formula = f"( [{random.choice(numbers)}] + 2 ) * [{random.choice(numbers)}]"
                sound.add(forms.number, formula, logic=logic, readonly="1")
        case "text":
            made = sound.add(forms.text, logic=logic)
            sound.answers[int(made["id"])] = random.choice(["red", "green"])
        case _:
            if sound.fields[-1]["type"] != "section":
                sound.add(forms.section, logic=logic)


def _logic(sound: SoundForm) -> Raw:
    random = sound.random
    hides, is_all = random.random() < 0.3, random.random() < 0.6
    # "show if all" and "hide if any" need each check to come out right, the others need one.
    needs_each = is_all is not hides
    targets = random.sample(sorted(sound.answers), min(len(sound.answers), random.randint(1, 3)))
    checks = [_check(sound, target, comes_true=not hides) for target in targets]
    if not needs_each and random.random() < 0.5:
        checks.append(_check(sound, random.choice(targets), comes_true=hides))
    build = forms.hidden_if if hides else forms.shown_if
    return build(*checks, conditional="all" if is_all else "any")


def _check(sound: SoundForm, target: int, *, comes_true: bool) -> Raw:
    """A check on an earlier field that is true of its answer, or is not."""
    random, answer = sound.random, sound.answers[target]
    target_id: int | str = target if random.random() < 0.5 else str(target)
    if isinstance(answer, set):
        options = {"0", "1", "2"} & {str(o["value"]) for o in _find(sound, target)["options"]}
        option = random.choice(sorted(options))
        return asks(target_id, option, "equals" if (option in answer) is comes_true else "notequals")
    if isinstance(answer, int):
        return random.choice(
            [
                asks(target_id, answer - 1 if comes_true else answer + 1, "greaterthan"),
                asks(target_id, str(answer + 1 if comes_true else answer - 1), "lessthan"),
                asks(target_id, answer, "equals" if comes_true else "notequals"),
            ]
        )
    return asks(target_id, answer, "equals" if comes_true else "notequals")


def _find(sound: SoundForm, field_id: int) -> Raw:
    return next(each for each in sound.fields if int(each["id"]) == field_id)
