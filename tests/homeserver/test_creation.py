"""A createRoom request is judged as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from homeserver.creation import may_make_room
from policies.names import Code, Role, ServerName, UserId
from policies.outcomes import Refuse
from policies.people import Directory, Person

BOT, ADA, GINA, ROBOT = (UserId(f"@{name}:a") for name in ("chaperone", "ada", "guest-gina", "robot"))
DIRECTORY = Directory(
    BOT, ServerName("a"), {p.user_id: p for p in (Person(ADA, Role.EMPLOYEE), Person(ROBOT, Role.ROBOT))}
)


def code(creator: UserId, **request: Any) -> Code | None:
    verdict = may_make_room(creator, request, DIRECTORY)
    return verdict.code if isinstance(verdict, Refuse) else None


def test_an_employee_makes_a_room_with_a_guest_in_it() -> None:
    assert code(ADA, name="Hello", invite=[GINA], initial_state=[{"type": "m.room.topic", "content": {}}]) is None


def test_two_guests_are_not_let_in_at_once_where_one_would_be() -> None:
    hugo = UserId("@guest-hugo:a")
    assert code(ADA, invite=[GINA, hugo]) is Code.ONE_GUEST_HERE
    assert code(ADA, invite=[GINA, GINA]) is None


def test_a_guest_and_a_robot_make_none() -> None:
    assert code(GINA) is Code.GUESTS_MAY_NOT
    assert code(ROBOT) is Code.ROBOTS_MAY_NOT


def test_the_bot_is_stopped_before_it_makes_half_a_room() -> None:
    ours = {"chat.chaperone.kind": "guest"}
    assert code(BOT, creation_content=ours) is None
    assert code(BOT, creation_content=ours, invite=[ROBOT]) is Code.ROBOTS_STAY_OUT
    assert code(BOT, creation_content=ours, invite=[GINA]) is Code.NO_COVER


def test_nobody_else_says_that_a_room_is_ours() -> None:
    assert code(ADA, creation_content={"chat.chaperone.kind": "staff"}) is Code.NOT_THE_WRITER
    forged = {"type": "chat.chaperone.issue", "state_key": "", "content": {}}
    assert code(ADA, initial_state=[forged]) is Code.NOT_THE_WRITER


@pytest.mark.parametrize("shape", [None, 1, "x", [1, None], {"a": 1}, [[]], [{"type": 1, "content": []}]])
def test_a_request_of_any_shape_is_judged_and_left_to_synapse_to_refuse(shape: Any) -> None:
    assert code(ADA, creation_content=shape, initial_state=shape) is None
    assert code(ADA, invite=shape) in {None, Code.NO_COVER, Code.LOCAL_ONLY}
