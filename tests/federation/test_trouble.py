"""Our policy server fails: nothing of ours may be lost on the other server, and nobody there may write past us."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import pytest

from policies.names import RoomId
from tests.federation.town import Town, bodies, event_id_of, heard, membership, sees
from tests.homeserver.house import Someone
from tests.until import until

pytestmark = pytest.mark.e2e

HANGING = None
BROKEN = [500, 503, 429, 404, HANGING]


@pytest.mark.parametrize("status", BROKEN)
class TestWhileItDoesNotAnswer:
    async def test_what_we_say_reaches_them(
        self, town: Town, ada: Someone, bob: Someone, carl: Someone, status: int | None
    ) -> None:
        room = await town.guest_room([ada], bob, is_group=True)
        with town.gate.breaking(status):
            said = event_id_of(await ada.say(room, "still here"))
            await heard(bob, room, "still here")
            named = await town.here.bot.set_state(room, "m.room.name", "", {"name": "a new name"})
            assert await until(lambda: sees(bob, room, event_id_of(named)))
            await town.invite(room, carl)
        assert await sees(bob, room, said)

    async def test_who_is_removed_is_out_there_too(
        self, town: Town, ada: Someone, bob: Someone, status: int | None
    ) -> None:
        room = await town.guest_room([ada], bob)
        with town.gate.breaking(status):
            kicked = await ada.call("POST", f"/rooms/{quote(room)}/kick", {"user_id": bob.user_id})
            assert kicked.status == 200
            await until(lambda: is_out(bob, room))

    async def test_who_leaves_here_has_left_there_too(
        self, town: Town, ada: Someone, ben: Someone, bob: Someone, status: int | None
    ) -> None:
        room = await town.guest_room([ada, ben], bob)
        with town.gate.breaking(status):
            assert (await ben.leave(room)).status == 200

            async def known() -> bool:
                return await membership(bob, room, ben) == "leave"

            await until(known)

    async def test_nobody_there_writes_past_us(
        self, town: Town, ada: Someone, bob: Someone, status: int | None
    ) -> None:
        room = await town.guest_room([ada], bob)
        with town.gate.breaking(status):
            saying = asyncio.create_task(bob.say(room, "nobody watches"))
            await until(town.gate.is_asked)
        answer = await saying
        # what hung is passed on once it is mended; what failed is not sent again by itself
        assert (answer.status == 200) == (status is HANGING)
        event_id_of(await bob.say(room, "and now"))
        await heard(ada, room, "and now")
        assert ("nobody watches" in await bodies(ada, room)) == (status is HANGING)


async def is_out(someone: Someone, room: RoomId) -> bool:
    """Whether their own server does not take their words any more."""
    return (await someone.call("GET", f"/rooms/{quote(room)}/joined_members")).status == 403


@asynccontextmanager
async def away(town: Town) -> AsyncIterator[None]:
    """Our server is switched off for a while."""
    await asyncio.to_thread(town.synapse.stop)
    await town.gate.close()
    try:
        yield
    finally:
        await asyncio.to_thread(town.synapse.start)
        await town.gate.listen()


class TestAfterARestart:
    async def test_what_they_did_meanwhile_is_known_and_what_we_do_reaches_them(
        self, town: Town, ada: Someone, ben: Someone, gina: Someone, bob: Someone, carl: Someone
    ) -> None:
        room = await town.guest_room([ada], bob, carl, is_group=True)
        await town.here.bring_in_guest(room, gina)
        async with away(town):
            assert (await bob.say(room, "anybody?")).status >= 500
            assert (await carl.leave(room)).status == 200
        event_id_of(await ada.say(room, "we are back"))  # hearing from us, their server sends what it kept for us
        await heard(bob, room, "we are back")
        await town.gone(room, carl)
        assert await town.here.is_joined(room, gina)
        event_id_of(await bob.say(room, "good"))
        await heard(ada, room, "good")
        assert "anybody?" not in await bodies(ada, room)

    async def test_what_we_did_just_before_reaches_them_afterwards(
        self, town: Town, ada: Someone, bob: Someone
    ) -> None:
        room, other = await town.guest_room([ada], bob), await town.guest_room([ada])
        kicked = await ada.call("POST", f"/rooms/{quote(room)}/kick", {"user_id": bob.user_id})
        assert kicked.status == 200
        await asyncio.to_thread(town.synapse.kill)
        await asyncio.to_thread(town.synapse.start)
        event_id_of(await ada.say(other, "go on"))  # Synapse looks for what it has not sent when something happens
        await until(lambda: is_out(bob, room))
