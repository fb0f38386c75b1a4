from __future__ import annotations

from typing import Any

import pytest

from bots.directory import PolicyRoom
from bots.errors import DirectoryUnreadable, MatrixRefused
from policies.names import RoomAlias, RoomId
from policies.people import build_person
from tests.builders.people import BOT, employee, staff_robot
from tests.fakes.robot_homeserver import FakeHomeserver

ALIAS, ROOM = RoomAlias("#chaperone-policy:localhost"), RoomId("!policy")
ADA, ROBOT = employee("ada"), staff_robot("robot")
CREATE = {"chat.chaperone.kind": "policy", "m.federate": False}


@pytest.fixture
async def homeserver() -> FakeHomeserver:
    homeserver = FakeHomeserver(ROBOT.user_id, aliases={ALIAS: ROOM})
    await homeserver.log_in("", "")
    return homeserver


async def load(homeserver: FakeHomeserver) -> Any:
    return await PolicyRoom(homeserver, ALIAS, BOT).load_directory()


async def test_who_the_bot_lists_is_somebody(homeserver: FakeHomeserver) -> None:
    await homeserver.set_state(ROOM, "m.room.create", "", BOT, CREATE)
    await homeserver.set_state(ROOM, "chat.chaperone.person", f"user:{ADA.user_id}", BOT, build_person(ADA))
    directory = await load(homeserver)
    assert directory.who_is(ADA.user_id) == ADA
    assert directory.who_is(ROBOT.user_id).is_guest


async def test_malformed_entries_cost_no_others(homeserver: FakeHomeserver) -> None:
    await homeserver.set_state(ROOM, "m.room.create", "", BOT, CREATE)
    await homeserver.set_state(ROOM, "chat.chaperone.person", "user:@x:localhost", BOT, {"role": "king"})
    await homeserver.set_state(ROOM, "chat.chaperone.person", f"user:{ADA.user_id}", BOT, build_person(ADA))
    assert list((await load(homeserver)).people) == [ADA.user_id]


@pytest.mark.parametrize(
    ("creator", "create"),
    [
        (ADA.user_id, CREATE),
        (BOT, CREATE | {"m.federate": True}),
        (BOT, CREATE | {"additional_creators": [ADA.user_id]}),
        (BOT, CREATE | {"chat.chaperone.kind": "staff"}),
        (BOT, {}),
    ],
)
async def test_a_room_that_is_not_the_bots_own_is_not_trusted(
    homeserver: FakeHomeserver, creator: Any, create: dict[str, Any]
) -> None:
    await homeserver.set_state(ROOM, "m.room.create", "", creator, create)
    with pytest.raises(DirectoryUnreadable):
        await load(homeserver)


async def test_before_the_bridge_has_made_it_it_is_unreadable(homeserver: FakeHomeserver) -> None:
    homeserver.aliases.clear()
    with pytest.raises(DirectoryUnreadable):
        await load(homeserver)


async def test_before_the_robot_is_in_it_it_is_unreadable(homeserver: FakeHomeserver) -> None:
    homeserver.faults["load_state"] = [MatrixRefused("state", 403, "M_FORBIDDEN", "")]
    with pytest.raises(DirectoryUnreadable):
        await load(homeserver)
