"""Two things at one moment, at a real Synapse and without any bridge: the module alone holds the line."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, closing
from urllib.parse import quote

import pytest

from policies.names import RoomId
from policies.rooms import RoomKind
from tests.homeserver.house import Answer, House, Someone
from tests.homeserver.test_policy_module import is_refused

pytestmark = pytest.mark.e2e

ROUNDS = 5


async def at_once(*requests: Awaitable[Answer]) -> list[int]:
    return [answer.status for answer in await asyncio.gather(*requests)]


async def joined(house: House, room: RoomId) -> set[str]:
    return {user for user, membership in (await house.bot.members(room)).items() if membership == "join"}


@asynccontextmanager
async def a_crowd_of_messages(room: RoomId, *speakers: Someone) -> AsyncIterator[None]:
    """Many at once, so that the next event has much to build on."""
    saying = [asyncio.create_task(who.say(room, f"{number}")) for number in range(40) for who in speakers]
    await asyncio.sleep(0)
    yield
    await asyncio.gather(*saying)


def make_loose_ends(house: House, room: RoomId, events: Sequence[str]) -> None:
    """Have Synapse believe that these events are the newest of the room, and that nothing builds on them."""
    path = house.synapse.data / "homeserver" / "homeserver.db"
    with closing(sqlite3.connect(path, timeout=30)) as database, database:
        for event_id in events:
            database.execute("UPDATE events SET depth = depth + 1000 WHERE event_id = ?", (event_id,))
            database.execute(
                "INSERT INTO event_forward_extremities (event_id, room_id) VALUES (?, ?)", (event_id, room)
            )


class TestTheLastTwo:
    async def test_of_two_who_leave_one_goes(self, house: House, ada: Someone, ben: Someone, gina: Someone) -> None:
        for number in range(ROUNDS):
            room = await house.make_room(RoomKind.GUEST, [ada, ben], gina)
            leaving = [ada.leave(room), ben.leave(room)]
            assert sorted(await at_once(*leaving[:: 1 if number % 2 else -1])) == [200, 403]
            assert len({ada.user_id, ben.user_id} & await joined(house, room)) == 1

    async def test_of_three_who_leave_two_go(self, house: House, ada: Someone, ben: Someone, gina: Someone) -> None:
        cleo = await house.person("cleo")
        for _ in range(ROUNDS):
            room = await house.make_room(RoomKind.GUEST, [ada, ben, cleo], gina)
            assert sorted(await at_once(*(who.leave(room) for who in (ada, ben, cleo)))) == [200, 200, 403]

    async def test_loose_ends_of_a_room_hide_no_leave(
        self, house: House, ada: Someone, ben: Someone, gina: Someone
    ) -> None:
        """A membership builds on ten events at most. Others may be newer than a leave and know nothing of it: another
        server's are as deep as it says they are.
        """
        room = await house.make_room(RoomKind.GUEST, [ada, ben], gina)
        ends = [(await gina.say(room, f"{number}")).body["event_id"] for number in range(12)]
        assert (await ada.leave(room)).status == 200
        make_loose_ends(house, room, ends)
        assert is_refused(await ben.leave(room), "CHAPERONE_GUEST_ALONE")

    async def test_of_one_who_leaves_and_one_who_is_removed_one_stays(
        self, house: House, ada: Someone, ben: Someone, gina: Someone
    ) -> None:
        for _ in range(ROUNDS):
            room = await house.make_room(RoomKind.GUEST, [ada, ben], gina)
            kick = house.bot.call("POST", f"/rooms/{quote(room)}/kick", {"user_id": ada.user_id})
            assert sorted(await at_once(ben.leave(room), kick)) == [200, 403]


class TestAGuestComesAsTheLastOneLeaves:
    async def test_by_an_invitation_taken_up(self, house: House, ada: Someone, gina: Someone) -> None:
        for number in range(ROUNDS):
            room = await house.make_room(RoomKind.GUEST, [ada])
            assert (await house.bot.invite(room, gina.user_id)).status == 200
            both = [gina.join(room), ada.leave(room)]
            assert sorted(await at_once(*both[:: 1 if number % 2 else -1])) == [200, 403]
            assert await joined(house, room) - {house.bot.user_id} in ({ada.user_id, gina.user_id}, set())

    async def test_by_an_invitation_made(self, house: House, ada: Someone, gina: Someone) -> None:
        for number in range(ROUNDS):
            room = await house.make_room(RoomKind.GUEST, [ada])
            both = [house.bot.invite(room, gina.user_id), ada.leave(room)]
            invited, left = await at_once(*both[:: 1 if number % 2 else -1])
            assert 200 in (invited, left)
            assert (await gina.join(room)).status == (200 if await house.is_joined(room, ada) else 403)

    async def test_in_a_crowd_of_messages(self, house: House, ada: Someone, gina: Someone) -> None:
        for _ in range(3):
            room = await house.make_room(RoomKind.GUEST, [ada])
            assert (await house.bot.invite(room, gina.user_id)).status == 200
            async with a_crowd_of_messages(room, ada):
                assert sorted(await at_once(gina.join(room), ada.leave(room))) == [200, 403]


class TestBackAndForth:
    async def test_coming_back_while_another_goes(
        self, house: House, ada: Someone, ben: Someone, gina: Someone
    ) -> None:
        for _ in range(ROUNDS):
            room = await house.make_room(RoomKind.GUEST, [ada, ben], gina)
            assert (await ben.leave(room)).status == 200
            assert (await house.bot.invite(room, ben.user_id)).status == 200
            back, left = await at_once(ben.join(room), ada.leave(room))
            assert back == 200
            present = await joined(house, room)
            assert ben.user_id in present
            assert (ada.user_id in present) == (left == 403)
