"""What the policy module costs Synapse: the same homeserver with it and without it, taking turns.

    bare Synapse ─▶ rooms of 3, 50 and 1,000 members ─▶ stopped, its database copied
                                                              │
    both run on the same data:   bare │ with module │ with module │ bare │ bare │ …   one block of sends each

Blocks are short and change places, so that whatever else the machine does falls on both alike; each ratio is the
median over pairs of neighbouring blocks. CPU per message is Synapse's own, and hardly notices what else runs.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import shutil
import sqlite3
import statistics
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final, TypeVar
from urllib.parse import quote

import aiohttp
import yaml
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from policies.issue import Issue, Side, Status, build_issue_state
from policies.names import ISSUE_STATE, KIND_KEY, PERSON_KEY_PREFIX, PERSON_STATE, IssueId, Role, RoomId, Tier, UserId
from policies.people import Person, build_person
from policies.rooms import RoomKind, build_power_levels
from tests.homeserver.house import House, Someone, build_policy_room
from tests.synapse import Synapse

SIZES: Final = (3, 50, 1000)
GOALS: Final = {3: 1.03, 50: 1.10, 1000: 1.10}
PAIRS: Final = 24
ALONE: Final = 30
"""Messages of a block sent one after the other: their median is the latency."""
TOGETHER: Final = 80
"""Messages of a block sent by eight at once: their number by the time is the throughput."""
AT_ONCE: Final = 8

T = TypeVar("T")

console = Console()


@dataclass(frozen=True, slots=True)
class Block:
    """What one block took: milliseconds, messages a second, CPU milliseconds a message."""

    latency: float
    throughput: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Place:
    """A room and who speaks in it by turns."""

    size: int
    room_id: RoomId
    speakers: Sequence[UserId]


async def main(pairs: int = PAIRS) -> None:
    """Set up, measure, print."""
    with tempfile.TemporaryDirectory() as directory:
        bare, ruled = Synapse(Path(directory) / "bare"), Synapse(Path(directory) / "ruled")
        _leave_module_out(bare)
        bare.start()
        try:
            places, tokens = await _populate(bare)
            bare.stop()
            _lift_limits(bare)
            _copy(bare, ruled)
            bare.start()
            ruled.start()
            await _compare(bare, ruled, places, tokens, pairs)
        finally:
            bare.kill()
            ruled.kill()


def _leave_module_out(synapse: Synapse) -> None:
    path = synapse.data / "homeserver" / "homeserver.yaml"
    config = yaml.safe_load(path.read_text())
    del config["modules"]
    path.write_text(yaml.safe_dump(config))


def _lift_limits(synapse: Synapse) -> None:
    """As the bridge has the module do for staff."""
    with sqlite3.connect(synapse.data / "homeserver" / "homeserver.db") as database:
        database.execute("INSERT INTO ratelimit_override VALUES (?, 0, 0)", (f"@ada:{synapse.server_name}",))


def _copy(source: Synapse, target: Synapse) -> None:
    for path in (source.data / "homeserver").iterdir():
        if path.name.startswith("homeserver.db") or path.name in {"registration.yaml", "signing.key"}:
            shutil.copy2(path, target.data / "homeserver" / path.name)
    # `run` refuses a registration that quotes other secrets
    for name in ("as_token", "hs_token"):
        shutil.copy2(source.data / "secrets" / name, target.data / "secrets" / name)


async def _populate(synapse: Synapse) -> tuple[list[Place], dict[UserId, str]]:
    async with aiohttp.ClientSession() as http:
        house = House(synapse, http)
        session = await house.log_in_by_jwt(house.token_for("ada"))
        ada = Someone(house, house.user_id("ada"), session.body["access_token"])
        policy_room = RoomId((await house.bot.done("POST", "/createRoom", build_policy_room()))["room_id"])
        listed = build_person(Person(ada.user_id, Role.EMPLOYEE, Tier.T1))
        await house.bot.set_state(policy_room, PERSON_STATE, f"{PERSON_KEY_PREFIX}{ada.user_id}", listed)
        with Progress(console=console) as progress:
            ghosts = await _many(progress, "ghosts", max(SIZES), lambda number: house.ghost(f"{number}"))
            places = [await _make_place(house, size, ada, ghosts, progress) for size in SIZES]
        as_token = synapse.secret("as_token")
        return places, {ada.user_id: ada.token, **{ghost.user_id: as_token for ghost in ghosts}}


async def _make_place(house: House, size: int, ada: Someone, ghosts: Sequence[Someone], progress: Progress) -> Place:
    kind = RoomKind.GUEST if size == min(SIZES) else RoomKind.LOUNGE
    issue = Issue(IssueId("1"), "a subject", ghosts[0].user_id, Status.OPEN, Tier.T1, assignee=ada.user_id)
    made = await house.bot.done(
        "POST",
        "/createRoom",
        {
            "creation_content": {KIND_KEY: kind.value, "m.federate": False},
            "preset": "public_chat",
            "power_level_content_override": build_power_levels(kind, [ada.user_id]),
            "initial_state": [
                {"type": "m.room.history_visibility", "content": {"history_visibility": "joined"}},
                {"type": ISSUE_STATE, "content": build_issue_state(issue, Side.GUEST)},
            ],
        },
    )
    room_id = RoomId(made["room_id"])
    members = [ada, *ghosts[: size - 2]]
    await _many(progress, f"joins of {size}", len(members), lambda number: members[number].done("POST", _join(room_id)))
    return Place(size, room_id, (ada.user_id, ghosts[0].user_id))


def _join(room_id: RoomId) -> str:
    return f"/join/{quote(room_id, safe='')}"


async def _many(progress: Progress, what: str, count: int, do: Callable[[int], Awaitable[T]]) -> list[T]:
    task = progress.add_task(what, total=count)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> T:
        async with gate:
            done = await do(number)
        progress.advance(task)
        return done

    return await asyncio.gather(*(one(number) for number in range(count)))


async def _compare(
    bare: Synapse, ruled: Synapse, places: Sequence[Place], tokens: dict[UserId, str], pairs: int
) -> None:
    table = Table("members", "", "bare", "with module", "ratio", "goal")
    async with aiohttp.ClientSession() as http:
        with Progress(console=console) as progress:
            task = progress.add_task("pairs of blocks", total=len(places) * (pairs + 1))
            for place in places:
                without, beside = [], []
                for number in range(-1, pairs):  # the first pair fills caches and is thrown away
                    order = (bare, ruled) if number % 2 else (ruled, bare)
                    took = {synapse.port: await _run_block(http, synapse, place, tokens) for synapse in order}
                    if number >= 0:
                        without.append(took[bare.port])
                        beside.append(took[ruled.port])
                    progress.advance(task)
                _report(table, place.size, without, beside)
    console.print(table)


async def _run_block(http: aiohttp.ClientSession, synapse: Synapse, place: Place, tokens: dict[UserId, str]) -> Block:
    speakers = itertools.cycle(place.speakers)
    room = quote(place.room_id)

    async def send() -> float:
        speaker = next(speakers)
        url = f"{synapse.url}/_matrix/client/v3/rooms/{room}/send/m.room.message/{perf_counter()}"
        began = perf_counter()
        async with http.put(
            url,
            json={"msgtype": "m.text", "body": "What a person says, which is longer than a word."},
            headers={"Authorization": f"Bearer {tokens[speaker]}"},
            params={"user_id": speaker} if "guest-" in speaker else None,
        ) as response:
            answer: Any = await response.json()
            assert response.status == 200, answer
        return (perf_counter() - began) * 1000

    async def sender(count: int) -> None:
        for _ in range(count):
            await send()

    cpu = _cpu_ms(synapse)
    latencies = [await send() for _ in range(ALONE)]
    began = perf_counter()
    await asyncio.gather(*(sender(TOGETHER // AT_ONCE) for _ in range(AT_ONCE)))
    throughput = TOGETHER / (perf_counter() - began)
    return Block(statistics.median(latencies), throughput, (_cpu_ms(synapse) - cpu) / (ALONE + TOGETHER))


def _cpu_ms(synapse: Synapse) -> float:
    threads = Path(f"/proc/{synapse.pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e6


def _report(table: Table, size: int, without: Sequence[Block], beside: Sequence[Block]) -> None:
    measures: dict[str, tuple[str, Callable[[Block], float]]] = {
        "latency": ("ms", lambda block: block.latency),
        "throughput": ("/s", lambda block: block.throughput),
        "CPU a message": ("ms", lambda block: block.cpu),
    }
    for name, (unit, of) in measures.items():
        ratios = sorted(of(b) / of(a) for a, b in zip(without, beside, strict=True))
        low, middle, high = (statistics.quantiles(ratios, n=4)[quarter] for quarter in (0, 1, 2))
        goal = 1 / GOALS[size] if name == "throughput" else GOALS[size]
        table.add_row(
            f"{size}",
            name,
            f"{statistics.median(map(of, without)):.2f} {unit}",
            f"{statistics.median(map(of, beside)):.2f} {unit}",
            f"{middle:.3f} ({low:.3f} … {high:.3f})",
            f"{'≥' if name == 'throughput' else '≤'} {goal:.2f}",
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    asyncio.run(main(parser.parse_args().pairs))
