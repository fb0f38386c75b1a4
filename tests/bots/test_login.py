from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bots.errors import MatrixAway, MatrixRefused
from bots.login import Login
from bots.session import Session, SessionStore
from policies.names import UserId
from tests.fakes.robot_homeserver import FakeHomeserver

ROBOT = UserId("@robot:localhost")


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    return SessionStore(tmp_path / "robot.json", ROBOT)


async def test_it_tries_until_homeserver_and_bridge_are_ready(store: SessionStore) -> None:
    homeserver = FakeHomeserver(ROBOT)
    homeserver.faults["log_in"] = [MatrixAway("login", "refused"), MatrixRefused("login", 403, "M_FORBIDDEN", "")]
    await Login(homeserver, store, "password", first_wait_seconds=0).begin()
    assert homeserver.passwords == ["password"]
    assert store.session.access_token == "token-0"


async def test_a_stored_session_is_gone_on_with(store: SessionStore) -> None:
    store.save(Session(ROBOT, "token-0", "DEVICE"))
    homeserver = FakeHomeserver(ROBOT)
    await Login(homeserver, store, "password").begin()
    assert (homeserver.passwords, homeserver.resumed) == ([], ["DEVICE"])


async def test_two_that_find_it_lost_log_in_once(store: SessionStore) -> None:
    homeserver = FakeHomeserver(ROBOT)
    login = Login(homeserver, store, "password")
    await asyncio.gather(login.renew(0), login.renew(0))
    assert len(homeserver.passwords) == 1
