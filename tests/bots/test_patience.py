from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bots.errors import DirectoryUnreadable, MatrixAway, MatrixMissing, SessionLost
from bots.patience import PatientHomeserver, patiently
from policies.names import RoomId, UserId
from tests.fakes.robot_homeserver import FakeHomeserver

ROOM = RoomId("!room")


@dataclass
class FakeRenewal:
    """Implements `bots.patience.Renewal`."""

    homeserver: FakeHomeserver
    count: int = 0
    seen: list[int] = field(default_factory=list)

    async def renew(self, seen: int) -> None:
        self.seen.append(seen)
        self.count += 1
        await self.homeserver.log_in("password", "DEVICE")


@pytest.fixture
async def homeserver() -> FakeHomeserver:
    homeserver = FakeHomeserver(UserId("@robot:localhost"))
    await homeserver.log_in("", "")
    return homeserver


async def test_it_asks_until_there_is_an_answer(homeserver: FakeHomeserver) -> None:
    homeserver.faults["load_state"] = [MatrixAway("state", "gone")] * 4
    assert await PatientHomeserver(homeserver, FakeRenewal(homeserver)).load_state(ROOM) == {}


async def test_a_lost_session_is_made_again_by_whoever_can(homeserver: FakeHomeserver) -> None:
    renewal = FakeRenewal(homeserver)
    homeserver.token = "token-1"
    await PatientHomeserver(homeserver, renewal).send(ROOM, {"body": "x"}, "txn")
    assert renewal.seen == [0]


async def test_a_refusal_is_an_answer(homeserver: FakeHomeserver) -> None:
    with pytest.raises(MatrixMissing):
        await PatientHomeserver(homeserver, FakeRenewal(homeserver)).load_file("mxc://localhost/none", 5)


async def test_a_directory_that_is_not_there_yet_is_waited_for() -> None:
    tries: list[int] = []

    async def load() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise DirectoryUnreadable("not yet")
        return "directory"

    assert await patiently(load) == "directory"


async def test_lost_while_it_lasts_is_raised_to_nobody(homeserver: FakeHomeserver) -> None:
    renewal = FakeRenewal(homeserver)
    homeserver.faults["upload"] = [SessionLost("upload", 401, "M_UNKNOWN_TOKEN", "")] * 2
    assert (await PatientHomeserver(homeserver, renewal).upload(b"x", "text/plain", "x")).startswith("mxc://")
    assert renewal.count == 2
