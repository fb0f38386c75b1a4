"""Staff are joined where the bot asks for it, at once and, if Synapse died in between, at its next start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from policies.names import JOIN_KEY, Audience, Role
from policies.people import Person
from policies.rooms import RoomKind
from tests.homeserver.house import House, Someone
from tests.synapse import Synapse
from tests.until import until

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("kind", [RoomKind.GUEST, RoomKind.STAFF, RoomKind.QUEUE])
async def test_an_invited_employee_is_joined_at_once(house: House, ada: Someone, kind: RoomKind) -> None:
    room = await house.make_room(kind, [ada])
    assert await house.is_joined(room, ada)


async def test_an_invitation_without_the_key_is_left_to_the_person(house: House, ada: Someone, ben: Someone) -> None:
    room = await house.make_room(RoomKind.STAFF, [ada])
    assert (await house.bot.invite(room, ben.user_id)).status == 200
    await house.bring_in(room, await house.robot("istackbuddy.fsid.jokes"))  # the module is past ben's by now
    assert (await house.bot.members(room))[ben.user_id] == "invite"
    assert (await ben.join(room)).status == 200


async def test_a_guest_is_not_joined_by_the_module(house: House, ada: Someone, ben: Someone, gina: Someone) -> None:
    room = await house.make_room(RoomKind.GUEST, [ada])
    assert (await house.bot.invite(room, gina.user_id, **{JOIN_KEY: True})).status == 200
    await house.bring_in(room, ben)
    assert (await house.bot.members(room))[gina.user_id] == "invite"


async def test_the_same_person_comes_back_after_they_left(house: House, ada: Someone, ben: Someone) -> None:
    room = await house.make_room(RoomKind.STAFF, [ada, ben])
    assert (await ben.leave(room)).status == 200
    await house.bring_in(room, ben)


@pytest.fixture
async def mortal_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    synapse = Synapse(tmp_path_factory.mktemp("mortal"))
    synapse.start()
    async with aiohttp.ClientSession() as http:
        house = House(synapse, http)
        await house.open()
        yield house
    synapse.stop()


async def test_who_was_invited_as_synapse_died_is_joined_at_its_next_start(mortal_house: House) -> None:
    """Stands for the death: an invitation that the module had no reason to follow until after the restart."""
    house = mortal_house
    dora = await house.stranger("dora")
    lounge = await house.make_room(RoomKind.LOUNGE)
    assert (await house.bot.invite(lounge, dora.user_id, **{JOIN_KEY: True})).status == 200
    await house.list_person(Person(dora.user_id, Role.ROBOT, audience=Audience.LOUNGE))
    assert (await house.bot.members(lounge))[dora.user_id] == "invite"
    house.synapse.kill()
    await asyncio.to_thread(house.synapse.start)
    await until(lambda: house.is_joined(lounge, dora))
