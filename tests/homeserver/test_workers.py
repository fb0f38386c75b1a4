"""Over workers the rules hold as they do in one process: two things at one moment meet in different processes here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable

import aiohttp
import pytest

from policies.names import RoomId
from policies.rooms import RoomKind
from tests.homeserver.house import Answer, House, Someone
from tests.homeserver.test_policy_module import is_refused
from tests.homeserver.workers import Farm, Window, missing
from tests.until import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(missing()), reason=f"workers need {', '.join(missing())}"),
]

ROUNDS = 10


class Crossroads:
    """A house whose people come in by different doors."""

    def __init__(self, house: House, doors: tuple[Window, Window]) -> None:
        self.house = house
        self._doors = doors

    def at(self, door: int, someone: Someone) -> Someone:
        """The same person at a worker."""
        masquerades = bool(someone._query)
        return Someone(self._doors[door], someone.user_id, someone.token, masquerades=masquerades)


@pytest.fixture(scope="module")
async def crossroads(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crossroads]:
    farm = Farm(tmp_path_factory.mktemp("farm"))
    await asyncio.to_thread(farm.start)
    async with aiohttp.ClientSession() as http:
        house = House(farm.synapse, http)
        await house.open()
        one, other = farm.workers
        yield Crossroads(house, (Window(http, one), Window(http, other)))
    await asyncio.to_thread(farm.stop)


async def at_once(*requests: Awaitable[Answer]) -> list[int]:
    return sorted(answer.status for answer in await asyncio.gather(*requests))


async def test_of_the_last_two_who_leave_one_goes(crossroads: Crossroads) -> None:
    house = crossroads.house
    ada, ben, gina = await house.person("ada"), await house.person("ben"), await house.ghost("gina")
    for _ in range(ROUNDS):
        room = await house.make_room(RoomKind.GUEST, [ada, ben], gina)
        assert await at_once(crossroads.at(0, ada).leave(room), crossroads.at(1, ben).leave(room)) == [200, 403]


async def test_a_guest_who_comes_as_the_last_one_leaves_finds_them_or_stays_out(crossroads: Crossroads) -> None:
    house = crossroads.house
    ada, gina = await house.person("ada"), await house.ghost("gina")
    for _ in range(ROUNDS):
        room = await house.make_room(RoomKind.GUEST, [ada])
        assert (await house.bot.invite(room, gina.user_id)).status == 200
        assert await at_once(crossroads.at(0, gina).join(room), crossroads.at(1, ada).leave(room)) == [200, 403]


async def test_every_process_judges_what_is_said(crossroads: Crossroads) -> None:
    house = crossroads.house
    ada, gina = await house.person("ada"), await house.ghost("gina")
    room = await house.make_room(RoomKind.GUEST, [ada], gina)
    for door in (0, 1):
        assert is_refused(await crossroads.at(door, ada).say(room, "!ask why?"), "CHAPERONE_ASK_IN_STAFF_ROOM")
        assert is_refused(await crossroads.at(door, ada).leave(room), "CHAPERONE_GUEST_ALONE")
        assert (await crossroads.at(door, gina).say(room)).status == 200


async def test_a_new_entry_in_the_directory_reaches_every_process(crossroads: Crossroads) -> None:
    house = crossroads.house
    carl = await house.person("carl")
    for door in (0, 1):
        assert (await crossroads.at(door, carl).call("POST", "/createRoom", {})).status == 200
    await house.suspend(carl)

    async def is_known_everywhere() -> bool:
        codes = {(await crossroads.at(door, carl).call("POST", "/createRoom", {})).code for door in (0, 1)}
        return codes == {"CHAPERONE_SUSPENDED"}

    await until(is_known_everywhere)


async def test_a_conclusion_reaches_every_process_with_the_room(crossroads: Crossroads) -> None:
    """A message builds on the room's state, whichever process takes it: there is nothing to become stale."""
    house = crossroads.house
    ada, gina = await house.person("ada"), await house.ghost("gina")
    room: RoomId = await house.make_room(RoomKind.GUEST, [ada], gina)
    for door in (0, 1):
        assert (await crossroads.at(door, gina).say(room)).status == 200
    await house.conclude(room)
    for door in (0, 1):
        assert is_refused(await crossroads.at(door, gina).say(room), "CHAPERONE_ISSUE_CONCLUDED")
