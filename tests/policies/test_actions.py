"""Actions are values that the outbox can hold: named apart, frozen, and of plain parts."""

import dataclasses
from typing import get_args

import pytest

from policies.actions import Action, LetIn
from policies.issue import Side
from policies.names import IssueId
from tests.builders.people import ADA

KINDS: tuple[type, ...] = get_args(Action)


def kind_of(action: type) -> object:
    return next(field.default for field in dataclasses.fields(action) if field.name == "kind")


def test_each_action_has_a_kind_of_its_own() -> None:
    assert len(KINDS) >= 12
    assert len({kind_of(action) for action in KINDS}) == len(KINDS)


@pytest.mark.parametrize("action", KINDS)
def test_an_action_is_called_in_the_outbox_as_in_the_code(action: type) -> None:
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in action.__name__).strip()
    assert kind_of(action) == words


def test_actions_that_say_the_same_are_the_same_and_cannot_be_changed() -> None:
    let_in = LetIn(IssueId("7"), Side.GUEST, ADA.user_id)
    assert let_in == LetIn(IssueId("7"), Side.GUEST, ADA.user_id)
    with pytest.raises(dataclasses.FrozenInstanceError):
        let_in.side = Side.STAFF  # type: ignore[misc]  # that it cannot is the point


def test_none_holds_anything_that_changes() -> None:
    held = {str(field.type) for action in KINDS for field in dataclasses.fields(action)}
    assert not {annotation for annotation in held if "list[" in annotation or "dict[" in annotation}
