"""What the policy module costs Synapse: the same homeserver with it and without it, taking turns.

bare Synapse ─▶ rooms of 3, 50 and 1,000 members ─▶ stopped, its database copied ─▶ both run on the same data
latency      one message here, one there, and so on: whatever else the machine does falls on both alike
throughput   short blocks of messages by eight at once, here and there by turns; the ratio is that of neighbours
CPU          Synapse's own, over the same blocks: it hardly notices what else runs
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
TURNS: Final = 300
"""Messages one after the other, on each."""
WARM_UP: Final = 20
PAIRS: Final = 20
TOGETHER: Final = 80
"""Messages of a block."""
AT_ONCE: Final = 8

T = TypeVar("T")

console = Console()


@dataclass(frozen=True, slots=True)
class Block:
    """What one block took: messages a second, CPU milliseconds a message."""

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
            task = progress.add_task("messages", total=len(places) * (WARM_UP + TURNS + pairs))
            for place in places:
                here, there = Speaker(http, bare, place, tokens), Speaker(http, ruled, place, tokens)
                without, beside = [], []
                for number in range(WARM_UP + TURNS):
                    took = {speaker: await speaker.say() for speaker in _in_turn(here, there, number)}
                    if number >= WARM_UP:
                        without.append(took[here])
                        beside.append(took[there])
                    progress.advance(task)
                _report_latency(table, place.size, without, beside)
                blocks = []
                for number in range(pairs):
                    done = {speaker: await _run_block(speaker) for speaker in _in_turn(here, there, number)}
                    blocks.append((done[here], done[there]))
                    progress.advance(task)
                _report_blocks(table, place.size, blocks)
    console.print(table)


class Speaker:
    """Says something in one room of one homeserver, as its speakers by turns."""

    def __init__(self, http: aiohttp.ClientSession, synapse: Synapse, place: Place, tokens: dict[UserId, str]) -> None:
        self.synapse = synapse
        self._http = http
        self._url = f"{synapse.url}/_matrix/client/v3/rooms/{quote(place.room_id)}/send/m.room.message"
        self._speakers = itertools.cycle(place.speakers)
        self._tokens = tokens

    async def say(self) -> float:
        """Milliseconds until it is said."""
        speaker = next(self._speakers)
        began = perf_counter()
        async with self._http.put(
            f"{self._url}/{began}",
            json={"msgtype": "m.text", "body": "What a person says, which is longer than a word."},
            headers={"Authorization": f"Bearer {self._tokens[speaker]}"},
            params={"user_id": speaker} if "guest-" in speaker else None,
        ) as response:
            answer: Any = await response.json()
            assert response.status == 200, answer
        return (perf_counter() - began) * 1000


def _in_turn(here: Speaker, there: Speaker, number: int) -> tuple[Speaker, Speaker]:
    return (here, there) if number % 2 else (there, here)


async def _run_block(speaker: Speaker) -> Block:
    async def go_on() -> None:
        for _ in range(TOGETHER // AT_ONCE):
            await speaker.say()

    cpu, began = _cpu_ms(speaker.synapse), perf_counter()
    await asyncio.gather(*(go_on() for _ in range(AT_ONCE)))
    throughput = TOGETHER / (perf_counter() - began)
    return Block(throughput, (_cpu_ms(speaker.synapse) - cpu) / TOGETHER)


def _cpu_ms(synapse: Synapse) -> float:
    threads = Path(f"/proc/{synapse.pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e6


def _report_latency(table: Table, size: int, without: Sequence[float], beside: Sequence[float]) -> None:
    for name, of in (("latency, median", statistics.median), ("latency, p95", _p95)):
        bare, ruled = of(without), of(beside)
        goal = f"≤ {GOALS[size]:.2f}" if of is statistics.median else ""
        table.add_row(f"{size}", name, f"{bare:.1f} ms", f"{ruled:.1f} ms", f"{ruled / bare:.3f}", goal)


def _report_blocks(table: Table, size: int, blocks: Sequence[tuple[Block, Block]]) -> None:
    measures: dict[str, tuple[str, Callable[[Block], float], float]] = {
        "throughput": ("/s", lambda block: block.throughput, 1 / GOALS[size]),
        "CPU a message": ("ms", lambda block: block.cpu, GOALS[size]),
    }
    for name, (unit, of, goal) in measures.items():
        low, middle, high = statistics.quantiles((of(ruled) / of(bare) for bare, ruled in blocks), n=4)
        table.add_row(
            f"{size}",
            name,
            f"{statistics.median(of(bare) for bare, _ in blocks):.1f} {unit}",
            f"{statistics.median(of(ruled) for _, ruled in blocks):.1f} {unit}",
            f"{middle:.3f} (half of them {low:.2f} … {high:.2f})",
            f"{'≥' if goal < 1 else '≤'} {goal:.2f}",
        )


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[18]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    asyncio.run(main(parser.parse_args().pairs))
