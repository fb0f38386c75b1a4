"""kill -9 in the middle of a conversation: no message is lost, none is doubled, and what died comes back by itself.

The guest's client does what ours does: it keeps a message until it is acknowledged, and sends it again, with the same
transaction id, after each reconnect. The employee's client is matrix-nio, which does the same on its side.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import nio
import pytest
from nio.api import MessageDirection

from policies.names import RoomId
from tests.e2e.colleague import Colleague
from tests.e2e.house import House
from tests.e2e.visitor import Visitor
from tests.until import until

pytestmark = [pytest.mark.e2e, pytest.mark.prove]

MESSAGES = 200 if os.environ.get("CHAPERONE_PROVE") else 30
"""From each side."""
KILLS = 12 if os.environ.get("CHAPERONE_PROVE") else 2


@pytest.fixture
async def own_house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(
        tmp_path / "var",
        CHAPERONE__GATEWAY__GUEST_MESSAGES_PER_MINUTE="100000",
        CHAPERONE__GATEWAY__GUEST_REQUESTS_PER_MINUTE="100000",
    )
    await house.start()
    yield house
    await house.stop()


async def deliver(guest: Visitor, room: str, txn_id: str, body: str) -> None:
    """Send until it is acknowledged, over as many sockets as it takes."""
    while True:
        try:
            if not guest.is_connected:
                await guest.connect()
                await guest.send(type="join", room=room)
            await guest.send(type="message", room=room, txn_id=txn_id, body=body)
            await guest.wait_for(lambda f: f["type"] == "ack" and f["txn_id"] == txn_id, within=5)
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            await guest.disconnect()
            await asyncio.sleep(0.1)
        else:
            return


async def tell(colleague: Colleague, room: RoomId, txn_id: str, body: str) -> None:
    """The same for the employee: again with the same transaction id until the homeserver says yes."""
    while True:
        try:
            answer = await colleague.client.room_send(
                room, "m.room.message", {"msgtype": "m.text", "body": body}, txn_id
            )
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            answer = None
        if isinstance(answer, nio.RoomSendResponse):
            return
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("part", ["bridge", "homeserver"])
async def test_nothing_is_lost_or_doubled_when_a_part_is_killed_in_mid_conversation(
    own_house: House, part: str
) -> None:
    house = own_house
    login = house.login("guest")
    async with (
        Visitor(house.web, login.login, login.password) as guest,
        Colleague(house.homeserver, house.login("t1")) as ada,
    ):
        status, _ = await guest.call("POST", "/issues", {"subject": "Survive", "message": "first words"})
        assert status == 201
        card = await ada.wait_for(None, lambda e: "Survive" in str(e["content"].get("body")))
        await ada.say(RoomId(card["room_id"]), "!claim")
        words = await ada.wait_for(
            None, lambda e: e["content"].get("body") == "first words" and e["sender"] == login.user_id
        )
        room = RoomId(words["room_id"])

        accepted = 0

        async def guest_talks() -> None:
            nonlocal accepted
            for number in range(MESSAGES):
                await deliver(guest, room, f"g{number}", f"guest {number}")
                accepted += 1

        async def employee_talks() -> None:
            nonlocal accepted
            for number in range(MESSAGES):
                await tell(ada, room, f"a{number}", f"employee {number}")
                accepted += 1

        talking = asyncio.gather(guest_talks(), employee_talks())
        for kill in range(KILLS):
            due = max((kill + 1) * MESSAGES * 2 // (KILLS + 2), accepted + 1)

            async def is_time(due: int = due) -> bool:
                return accepted >= due or talking.done()

            await until(is_time, within_s=120)
            await house.kill_and_see_back(part)
        await asyncio.wait_for(talking, 240)

        expected = {"first words", *(f"{who} {n}" for who in ("guest", "employee") for n in range(MESSAGES))}

        async def all_were_said() -> list[str] | None:
            said = [body for body in await everything_said(ada, room) if body in expected]
            return said if expected <= set(said) else None

        said = await until(all_were_said, within_s=60)
        assert sorted(said) == sorted(expected)
        for who in ("guest", "employee"):
            assert [body for body in said if body.startswith(who)] == [f"{who} {n}" for n in range(MESSAGES)]

        async def all_were_heard() -> bool:
            heard = [body for body in await everything_heard(guest, room) if body in expected]
            assert heard == said[: len(heard)]
            return heard == said

        await until(all_were_heard, within_s=60)

    assert f"{part} died" in house.output.read_text()
    assert f"{part} is back" in house.output.read_text()


async def everything_said(colleague: Colleague, room: RoomId) -> list[str]:
    """The room's messages as the homeserver has them, in order."""
    bodies: list[str] = []
    token = ""
    while True:
        answer = await colleague.client.room_messages(room, token, limit=500, direction=MessageDirection.front)
        assert isinstance(answer, nio.RoomMessagesResponse), answer
        bodies += [
            event.source["content"].get("body", "")
            for event in answer.chunk
            if event.source["type"] == "m.room.message"
        ]
        if not answer.end:
            return bodies
        token = answer.end


async def everything_heard(guest: Visitor, room: RoomId) -> list[str]:
    """The room's messages as the guest gets them, from the first on: page after page."""
    bodies: list[str] = []
    since = 0
    while True:
        status, page = await guest.call("GET", f"/rooms/{room}/messages?since={since}&limit=100")
        assert status == 200, page
        bodies += [e["content"]["body"] for e in page["events"] if e["type"] == "m.room.message"]
        if page["cursor"] == since:
            return bodies
        since = page["cursor"]


async def test_ctrl_c_stops_everything_and_the_next_start_carries_on(tmp_path: Path) -> None:
    house = House(tmp_path / "var")
    await house.start()
    login = house.login("guest")
    async with Visitor(house.web, login.login, login.password) as guest:
        _, issue = await guest.call("POST", "/issues", {"subject": "Carry on", "message": "still here?"})
    pids = [house.pid_of(part) for part in ("homeserver", "bridge", "bots")]
    assert await house.stop() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not (house.data / "ready.json").exists()

    await house.start()
    async with (
        Visitor(house.web, login.login, house.login("guest").password) as guest,
        Colleague(house.homeserver, house.login("t1")) as ada,
    ):
        status, again = await guest.call("GET", f"/issues/{issue['id']}")
        assert status == 200
        assert again["subject"] == "Carry on"
        # Synapse counts its transactions from 1 again; they are new all the same.
        card = await ada.wait_for(None, lambda e: "Carry on" in str(e["content"].get("body")))
        await ada.say(RoomId(card["room_id"]), "!claim")
        await ada.wait_for(None, lambda e: e["content"].get("body") == "still here?" and e["sender"] == login.user_id)
    await house.stop()
