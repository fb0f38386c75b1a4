"""The bridge and Synapse are killed again and again, at random moments of a busy hour: nothing is lost or doubled.

    50 issues, each with a guest's and an employee's words going on ─┐
    100 kills of the bridge, 30 of Synapse, whenever it comes ───────┴▶ every word once, in order; doctor is content

`make prove` runs all of it, `make test` a slice. The moments are drawn from a fixed seed; what the machine does in them
is its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import aiohttp
import nio
import pytest

from policies.names import RoomId
from tests.e2e.colleague import Colleague
from tests.e2e.house import House
from tests.e2e.test_survival import everything_heard, everything_said
from tests.e2e.visitor import Visitor
from tests.synapse import ROOT
from tests.until import until

pytestmark = [pytest.mark.e2e, pytest.mark.prove]

PROVING: Final = "CHAPERONE_PROVE" in os.environ
ISSUES: Final = 50 if PROVING else 3
WORDS: Final = 10 if PROVING else 8
"""From each side of each issue."""
KILLS: Final = {"bridge": 100, "homeserver": 30} if PROVING else {"bridge": 2, "homeserver": 1}
AT_ONCE: Final = 6
"""Conversations that go on at the same time."""
SEED: Final = 20


@pytest.fixture
async def own_house(tmp_path: Path) -> AsyncIterator[House]:
    unlimited = {f"CHAPERONE__GATEWAY__GUEST_{what}_PER_MINUTE": "100000" for what in ("MESSAGES", "REQUESTS")}
    house = House(tmp_path / "var", CHAPERONE_LONGEST_WAIT="1", **unlimited)
    await house.start()
    yield house
    await house.stop()


async def ask(guest: Visitor, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
    """Ask until there is an answer, as a client does that is told nothing."""
    while True:
        with suppress(aiohttp.ClientError, TimeoutError, ConnectionError, json.JSONDecodeError):
            headers = {} if key is None else {"Idempotency-Key": f"a-key-of-its-own-{key}"}
            status, answer = await guest.call(method, path, body, headers)
            if status < 500:
                assert status < 400, (status, answer)
                return answer
        await asyncio.sleep(0.2)


async def say(colleague: Colleague, room: RoomId, txn_id: str, body: str) -> None:
    """Send until the homeserver says yes."""
    content = {"msgtype": "m.text", "body": body}
    while True:
        with suppress(aiohttp.ClientError, TimeoutError, ConnectionError):
            answer = await colleague.client.room_send(room, "m.room.message", content, txn_id)
            if isinstance(answer, nio.RoomSendResponse):
                return
        await asyncio.sleep(0.2)


async def converse(number: int, guest: Visitor, ada: Colleague, desk: Visitor, said: list[str]) -> tuple[str, RoomId]:
    """One issue from its first word to its conclusion."""
    opened = await ask(
        guest, "POST", "/issues", {"subject": f"Issue {number}", "message": f"{number} guest 0"}, f"o{number}"
    )
    await ask(desk, "POST", f"/issues/{opened['id']}/claim", {}, f"c{number}")

    async def rooms() -> RoomId | None:
        await asyncio.sleep(0.5)  # six conversations that ask all the time would be most of what the bridge does
        shown = await ask(guest, "GET", f"/issues/{opened['id']}")
        return None if shown["guest_room"] is None else RoomId(shown["guest_room"])

    room = await until(rooms, within_s=300)

    async def guest_talks() -> None:
        for word in range(1, WORDS):
            body = {"txn_id": f"{number}-{word}", "body": f"{number} guest {word}"}
            await ask(guest, "POST", f"/rooms/{room}/messages", body)
            said.append(body["txn_id"])

    async def employee_talks() -> None:
        for word in range(WORDS):
            await say(ada, room, f"{number}-{word}", f"{number} employee {word}")
            said.append(f"{number}-{word}")

    await asyncio.gather(guest_talks(), employee_talks())
    return opened["id"], room


async def test_nothing_is_lost_or_doubled_however_often_and_whenever_parts_are_killed(own_house: House) -> None:
    house, random = own_house, Random(SEED)
    moments = [part for part, times in KILLS.items() for _ in range(times)]
    random.shuffle(moments)
    login, at_work = house.login("guest"), house.login("t1")
    async with (
        Visitor(house.web, login.login, login.password) as guest,
        Visitor(house.web, at_work.login, at_work.password) as desk,
        Colleague(house.homeserver, at_work) as ada,
    ):
        free = asyncio.Semaphore(AT_ONCE)
        said: list[str] = []

        async def one(number: int) -> tuple[str, RoomId]:
            async with free:
                return await converse(number, guest, ada, desk, said)

        talking = asyncio.gather(*(one(number) for number in range(ISSUES)))
        for number, part in enumerate(moments):
            due = number * ISSUES * (2 * WORDS - 1) // (len(moments) + 1)

            async def is_time(due: int = due) -> bool:
                """The kills are spread over what is said, so that there is something to lose until the last."""
                return len(said) >= due or talking.done()

            await until(is_time, within_s=300)
            await asyncio.sleep(random.uniform(0, 1.5))
            await house.kill_and_see_back(part)
        rooms = await talking
        assert len({issue_id for issue_id, _ in rooms}) == ISSUES
        for number, (_, room) in enumerate(rooms):
            expected = [f"{number} {who} {word}" for who in ("employee", "guest") for word in range(WORDS)]

            async def was_said(room: RoomId = room, expected: list[str] = expected) -> list[str] | None:
                said = [body for body in await everything_said(ada, room) if body in expected]
                return said if set(expected) <= set(said) else None

            said = await until(was_said, within_s=120)
            assert sorted(said) == sorted(expected)
            for who in ("employee", "guest"):
                assert [body for body in said if who in body] == [f"{number} {who} {word}" for word in range(WORDS)]

            async def was_heard(room: RoomId = room, said: list[str] = said) -> bool:
                return [body for body in await everything_heard(guest, room) if body in said] == said

            await until(was_heard, within_s=120)

    async def is_at_rest() -> bool:
        """Doctor holds nothing against what is still being done; a fault that lasts is one."""
        return not await examined(house)

    with suppress(AssertionError):
        await until(is_at_rest, within_s=30)
    assert await examined(house) == []
    output = house.output.read_text()
    for part, times in KILLS.items():
        assert output.count(f"{part} died") == times


async def examined(house: House) -> Any:
    """What `chaperone doctor` finds, orphans included."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bridge.cli", "doctor", "--json"],
        env=house.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout or "null")
