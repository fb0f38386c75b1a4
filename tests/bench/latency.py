"""From a guest's frame to an employee's screen and back, against two bare Matrix clients on the same Synapse.

    guest's socket ─▶ bridge (durable) ─▶ Synapse ─▶ employee's /sync        “guest to employee”
    employee's /send ─▶ Synapse ─▶ bridge ─▶ guest's socket                  “employee to guest”
    bare client's /send ─▶ Synapse ─▶ other bare client's /sync              “two bare clients”

The three take turns, message by message, so that whatever else the machine does falls on all of them alike.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any, Self
from urllib.parse import quote

import aiohttp
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.e2e.house import DemoLogin, House
from tests.e2e.visitor import Visitor
from tests.until import until

ROUNDS = 200
WARM_UP = 20

console = Console()


class BareClient:
    """The least a Matrix client can be: it sends, and it long-polls /sync for one room."""

    def __init__(self, homeserver: str, login: DemoLogin, session: aiohttp.ClientSession) -> None:
        self._url, self._login, self._session = homeserver, login, session
        self._headers: dict[str, str] = {}
        self._waiting: dict[str, asyncio.Future[float]] = {}
        self._syncing: asyncio.Task[None] | None = None
        self.room = ""

    async def log_in(self) -> Self:
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self._login.user_id},
            "password": self._login.password,
        }
        answer = await self.call("POST", "login", body)
        self._headers = {"Authorization": f"Bearer {answer['access_token']}"}
        return self

    async def call(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        url = f"{self._url}/_matrix/client/v3/{path}"
        async with self._session.request(method, url, json=body, params=params, headers=self._headers) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer

    async def listen(self, room: str) -> None:
        """From now on, notice what arrives in the room."""
        self.room = room
        only = json.dumps({"room": {"rooms": [room], "timeline": {"limit": 20}}, "presence": {"types": []}})
        first = await self.call("GET", "sync", filter=only, timeout="0")

        async def go_on(since: str) -> None:
            while True:
                answer = await self.call("GET", "sync", filter=only, timeout="30000", since=since)
                now, since = perf_counter(), answer["next_batch"]
                for event in (
                    answer.get("rooms", {}).get("join", {}).get(room, {}).get("timeline", {}).get("events", [])
                ):
                    waiting = self._waiting.pop(event.get("content", {}).get("body", ""), None)
                    if waiting is not None:
                        waiting.set_result(now)

        self._syncing = asyncio.create_task(go_on(first["next_batch"]))

    def arrival_of(self, body: str) -> asyncio.Future[float]:
        """When a message with this body arrives."""
        self._waiting[body] = asyncio.get_running_loop().create_future()
        return self._waiting[body]

    async def send(self, body: str) -> None:
        await self.call(
            "PUT", f"rooms/{quote(self.room)}/send/m.room.message/{body}", {"msgtype": "m.text", "body": body}
        )

    def stop(self) -> None:
        if self._syncing is not None:
            self._syncing.cancel()


async def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        house = House(Path(directory) / "var", CHAPERONE__GATEWAY__GUEST_MESSAGES_PER_MINUTE="100000")
        cold = await _timed(house.start)
        try:
            await _measure(house)
            memory = {part: _rss(house.pid_of(part)) for part in ("homeserver", "bridge", "bots")}
        finally:
            await house.stop()
        warm = await _timed(house.start)
        await house.stop()
    console.print(f"up, first time {cold:.1f} s, again {warm:.1f} s (packages installed)")
    console.print("memory " + ", ".join(f"{part} {mib:.0f} MiB" for part, mib in memory.items()))


async def _measure(house: House) -> None:
    login = house.login("guest")
    async with aiohttp.ClientSession() as session, Visitor(house.web, login.login, login.password) as guest:
        ada = await BareClient(house.homeserver, house.login("t1"), session).log_in()
        one = await BareClient(house.homeserver, house.login("t2"), session).log_in()
        other = await BareClient(house.homeserver, house.login("t3"), session).log_in()
        room = await _open_issue(house, guest, session)
        bare = (
            await one.call("POST", "createRoom", {"preset": "private_chat", "invite": [house.login("t3").user_id]})
        )["room_id"]
        await other.call("POST", f"join/{quote(bare)}", {})
        await asyncio.gather(ada.listen(room), one.listen(bare), other.listen(bare))

        async def guest_to_employee(body: str) -> float:
            arrival, began = ada.arrival_of(body), perf_counter()
            await guest.send(type="message", room=room, txn_id=body, body=body)
            return await arrival - began

        async def employee_to_guest(body: str) -> float:
            since, began = len(guest.frames), perf_counter()
            sending = asyncio.create_task(ada.send(body))
            await guest.wait_for(lambda f: f["type"] == "event" and f["event"]["content"].get("body") == body, since)
            took = perf_counter() - began
            await sending
            return took

        async def bare_to_bare(body: str) -> float:
            arrival, began = other.arrival_of(body), perf_counter()
            sending = asyncio.create_task(one.send(body))
            took = await arrival - began
            await sending
            return took

        await _compare(
            {
                "two bare clients": bare_to_bare,
                "guest to employee": guest_to_employee,
                "employee to guest": employee_to_guest,
            }
        )
        for client in (ada, one, other):
            client.stop()


async def _compare(ways: dict[str, Callable[[str], Awaitable[float]]]) -> None:
    took: dict[str, list[float]] = {name: [] for name in ways}
    for number in track(range(WARM_UP + ROUNDS), "messages", console=console):
        for name, way in ways.items():
            seconds = await way(f"{name.replace(' ', '-')}-{number}")
            if number >= WARM_UP:
                took[name].append(seconds * 1000)
    table = Table("way", "median ms", "p95 ms", "median against bare", "ratio")
    base = statistics.median(took["two bare clients"])
    for name, values in took.items():
        median, p95 = statistics.median(values), statistics.quantiles(values, n=20)[18]
        table.add_row(name, f"{median:.1f}", f"{p95:.1f}", f"{median - base:+.1f} ms", f"{median / base:.2f}")
    console.print(table)


async def _open_issue(house: House, guest: Visitor, session: aiohttp.ClientSession) -> str:
    login = house.login("t1")
    _, issue = await guest.call("POST", "/issues", {"subject": "Latency", "message": "hello"})
    async with Visitor(house.web, login.login, login.password) as ada:
        await ada.call("POST", f"/issues/{issue['id']}/claim", {})
    await guest.connect()

    async def room() -> str | None:
        _, now = await guest.call("GET", f"/issues/{issue['id']}")
        return now["guest_room"] or None

    guest_room = await until(room, within_s=30)
    await guest.send(type="join", room=guest_room)
    await guest.wait_for(lambda f: f["type"] == "history")
    return guest_room


def _rss(pid: int) -> float:
    """MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the process has no memory")


async def _timed(start: Callable[[], Awaitable[None]]) -> float:
    began = perf_counter()
    await start()
    return perf_counter() - began
