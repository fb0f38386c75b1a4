from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from bots.session import Owed, Session, SessionStore, derive_device_id, derive_password
from homeserver.keys import derive_robot_password
from policies.names import EventId, RoomId, UserId

ROBOT = UserId("@robot:localhost")
OWED = Owed(RoomId("!r"), EventId("$q"), EventId("$p"), 2)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    session = Session(ROBOT, "secret", "DEVICE", "s1", (OWED,))
    SessionStore(tmp_path / "bots" / "robot.json", ROBOT).save(session)
    assert SessionStore(tmp_path / "bots" / "robot.json", ROBOT).session == session


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    SessionStore(tmp_path / "bots" / "robot.json", ROBOT).save(Session(ROBOT, "secret"))
    assert stat.S_IMODE((tmp_path / "bots" / "robot.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "bots").stat().st_mode) == 0o700
    assert [path.name for path in (tmp_path / "bots").iterdir()] == ["robot.json"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"user_id": "@other:localhost", "access_token": "x"}', "\udcff"]
)
def test_what_cannot_be_used_is_a_fresh_start(tmp_path: Path, content: str) -> None:
    path = tmp_path / "robot.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert SessionStore(path, ROBOT).session == Session(ROBOT)


def test_what_is_owed_of_any_other_shape_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "robot.json"
    path.write_text(json.dumps({"user_id": ROBOT, "owed": [None, {}, {"room_id": 1}, "x"], "next_batch": 3}))
    assert SessionStore(path, ROBOT).session == Session(ROBOT)


def test_one_question_is_owed_one_answer() -> None:
    session = Session(ROBOT).with_owed(OWED).with_owed(replace(OWED, starts=3))
    assert [owed.starts for owed in session.owed] == [3]
    assert session.without_owed(OWED.question).owed == ()


def test_a_session_is_never_shown_with_its_token() -> None:
    assert "secret" not in repr(Session(ROBOT, "secret"))


def test_the_password_is_the_one_that_the_homeserver_derives() -> None:
    assert derive_password("secret", ROBOT) == derive_robot_password("secret", ROBOT)


def test_a_robot_has_always_the_same_device() -> None:
    assert derive_device_id(ROBOT) == derive_device_id(ROBOT) != derive_device_id(UserId("@other:localhost"))
