"""What it costs that other servers ask us first: two homeservers over TLS, the same words with policy and without.

    guarded room      as the bridge makes them: their server asks, ours answers with a signature
    unguarded room    the same, its m.room.policy taken away once everybody was in it: nobody asks
    local room        one that other servers do not see: our own events go unsigned

The rooms take turns, message by message, so that whatever else the machine does falls on all of them alike. The ask
by itself is timed with asks made beforehand, one connection each, as a server's first one is.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Final

from rich.console import Console
from rich.progress import track
from rich.table import Table

from policies.names import RoomId
from policies.policy_server import POLICY_STATE
from policies.rooms import RoomKind
from tests.federation.forging import Forger
from tests.federation.town import Town, event_id_of, open_town
from tests.homeserver.house import Someone
from tests.until import until

ROUNDS: Final = 150
WARM_UP: Final = 15
AT_ONCE: Final = 8
TOGETHER: Final = 400

console = Console()
Way = Callable[[str], Awaitable[float]]


class Ear:
    """Long-polls /sync, and notices when something arrives."""

    def __init__(self, someone: Someone) -> None:
        self._someone = someone
        self._waiting: dict[str, asyncio.Future[float]] = {}
        self._listening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        only = json.dumps({"room": {"timeline": {"limit": 50}}, "presence": {"types": []}})
        first = await self._someone.done("GET", "/sync", filter=only)
        self._listening = asyncio.create_task(self._listen(only, first["next_batch"]))

    def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()

    def arrival_of(self, body: str) -> asyncio.Future[float]:
        """When a message with this body arrives."""
        self._waiting[body] = asyncio.get_running_loop().create_future()
        return self._waiting[body]

    async def _listen(self, only: str, since: str) -> None:
        while True:
            answer = await self._someone.done("GET", "/sync", filter=only, since=since, timeout="30000")
            now, since = perf_counter(), answer["next_batch"]
            for room in answer.get("rooms", {}).get("join", {}).values():
                for event in room["timeline"]["events"]:
                    waiting = self._waiting.pop(event["content"].get("body", ""), None)
                    if waiting is not None:
                        waiting.set_result(now)


async def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with open_town(Path(directory), has_gate=False) as town:
            ada, bob = await town.here.person("ada"), await town.there.register("bob")
            guarded, unguarded = await town.guest_room([ada], bob), await town.guest_room([ada], bob)
            local = await town.here.make_room(RoomKind.GUEST, [ada])
            removed = event_id_of(await town.here.bot.set_state(unguarded, POLICY_STATE, "", {}))
            await until(lambda: sees_state(bob, unguarded, removed))
            here, there = Ear(ada), Ear(bob)
            await asyncio.gather(here.open(), there.open())
            await _compare(
                "what a guest there waits for their own message",
                {
                    "unguarded": lambda body: sending(bob, unguarded, body),
                    "guarded": lambda body: sending(bob, guarded, body),
                },
            )
            await _compare(
                "from a guest there to an employee here",
                {
                    "unguarded": lambda body: delivery(bob, unguarded, body, here),
                    "guarded": lambda body: delivery(bob, guarded, body, here),
                },
            )
            await _compare(
                "from an employee here to a guest there",
                {
                    "unguarded": lambda body: delivery(ada, unguarded, body, there),
                    "guarded": lambda body: delivery(ada, guarded, body, there),
                },
            )
            await _compare(
                "what an employee here waits for their own message",
                {
                    "local, unsigned": lambda body: sending(ada, local, body),
                    "guarded, signed": lambda body: sending(ada, guarded, body),
                },
            )
            await _ask_alone(town, bob, guarded)
            await _together(bob, {"unguarded": unguarded, "guarded": guarded})
            here.close()
            there.close()


async def sees_state(someone: Someone, room_id: RoomId, event_id: str) -> bool:
    answer = await someone.call("GET", f"/rooms/{room_id}/event/{event_id}")
    return answer.status == 200


async def sending(someone: Someone, room_id: RoomId, body: str) -> float:
    began = perf_counter()
    event_id_of(await someone.say(room_id, body))
    return perf_counter() - began


async def delivery(someone: Someone, room_id: RoomId, body: str, ear: Ear) -> float:
    arrival, began = ear.arrival_of(body), perf_counter()
    event_id_of(await someone.say(room_id, body))
    return await arrival - began


async def _compare(title: str, ways: dict[str, Way]) -> None:
    took: dict[str, list[float]] = {name: [] for name in ways}
    for number in track(range(WARM_UP + ROUNDS), title, console=console):
        for name, way in ways.items():
            seconds = await way(f"{title} {name} {number}")
            if number >= WARM_UP:
                took[name].append(seconds * 1000)
    table = Table("room", "median ms", "p95 ms", "more", "ratio", title=title)
    base = statistics.median(next(iter(took.values())))
    for name, values in took.items():
        median = statistics.median(values)
        table.add_row(name, f"{median:.1f}", f"{_p95(values):.1f}", f"{median - base:+.1f} ms", f"{median / base:.2f}")
    console.print(table)


async def _ask_alone(town: Town, bob: Someone, room_id: RoomId) -> None:
    forger = Forger(town, town.there.server_name, town.there.signing_key)
    pdu = forger.bare(bob, room_id)
    took = []
    for number in track(range(WARM_UP + ROUNDS), "the ask by itself", console=console):
        event = await forger.again(pdu, {"msgtype": "m.text", "body": str(number)})
        began = perf_counter()
        answer = await forger.ask(event)
        assert answer.status == 200, answer
        if number >= WARM_UP:
            took.append((perf_counter() - began) * 1000)
    console.print(f"the ask by itself: median {statistics.median(took):.1f} ms, p95 {_p95(took):.1f} ms")


async def _together(bob: Someone, rooms: dict[str, RoomId]) -> None:
    for name, room_id in rooms.items():
        began = perf_counter()
        for block in range(TOGETHER // AT_ONCE):
            await asyncio.gather(*(bob.say(room_id, f"{block}.{n}") for n in range(AT_ONCE)))
        console.print(f"{AT_ONCE} at once, {name}: {TOGETHER / (perf_counter() - began):.0f} messages a second")


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[18]
