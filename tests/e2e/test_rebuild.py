"""`chaperone rebuild` on a running house: lists, counts and histories are the same as before."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import pytest

from tests.e2e.house import House
from tests.e2e.visitor import Visitor
from tests.synapse import ROOT
from tests.until import until

pytestmark = pytest.mark.e2e

ISSUES = 4


async def chaperone(house: House, *words: str) -> str:
    """A command, which has to succeed."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bridge.cli", *words],
        env=house.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def throw_away(house: House) -> None:
    """Lose everything that Matrix has too."""
    with closing(sqlite3.connect(house.data / "bridge" / "bridge.db", timeout=30)) as database, database:
        for table in ("events", "members", "stays", "rooms"):
            database.execute(f"DELETE FROM {table}")
        database.execute("UPDATE issues SET tier = 3, assignee = NULL WHERE status = 'open'")


async def live(house: House, gina: Visitor, ada: Visitor) -> list[str]:
    """A handful of issues: two at work, one over, one that waits."""
    numbers = []
    for number in range(ISSUES):
        status, issue = await gina.call("POST", "/issues", {"subject": f"Rebuilt {number}", "message": "Hello?"})
        assert status == 201, issue
        numbers.append(issue["id"])
    for number in numbers[:3]:
        assert (await ada.call("POST", f"/issues/{number}/claim", {}))[0] == 200

        async def is_in_the_room(number: str = number) -> Any:
            _, issue = await gina.call("GET", f"/issues/{number}")
            if not issue["guest_room"]:
                return None
            _, history = await gina.call("GET", f"/rooms/{issue['guest_room']}/messages")
            return issue["guest_room"] if any(e["type"] == "m.room.message" for e in history["events"]) else None

        room = await until(is_in_the_room)
        for who, body in ((ada, "Which form?"), (gina, "The contact form.")):
            status, _ = await who.call("POST", f"/rooms/{room}/messages", {"txn_id": f"{number} {body}", "body": body})
            assert status == 200
    assert (await ada.call("POST", f"/issues/{numbers[2]}/conclude", {"conclusion": "resolved"}))[0] == 200
    return numbers


async def look(gina: Visitor, ada: Visitor, numbers: list[str]) -> dict[str, Any]:
    """What both are shown: lists, and each room's history without the numbers that count anew."""
    shown: dict[str, Any] = {}
    for who, visitor in (("gina", gina), ("ada", ada)):
        _, page = await visitor.call("GET", "/issues?limit=100")
        mine = [issue for issue in page["issues"] if issue["id"] in numbers]
        shown[f"{who} issues"] = mine
        for issue in mine:
            for room in filter(None, (issue["guest_room"], issue.get("staff_room"))):
                _, history = await visitor.call("GET", f"/rooms/{room}/messages?limit=100")
                shown[f"{who} {room}"] = [
                    {k: v for k, v in event.items() if k != "cursor"} for event in history.get("events", [])
                ]
    return shown


async def test_what_was_lost_is_the_same_as_before(house: House) -> None:
    guest, t1 = house.login("guest"), house.login("t1")
    async with (
        Visitor(house.web, guest.login, guest.password) as gina,
        Visitor(house.web, t1.login, t1.password) as ada,
    ):
        numbers = await live(house, gina, ada)

        async def is_quiet() -> bool:
            before = await look(gina, ada, numbers)
            await asyncio.sleep(1)
            return before == await look(gina, ada, numbers)

        await until(is_quiet)
        before = await look(gina, ada, numbers)
        throw_away(house)
        assert await look(gina, ada, numbers) != before
        assert "issues are as the homeserver has them" in await chaperone(house, "rebuild")
        assert await look(gina, ada, numbers) == before
        # And it goes on: what is said now is in the room once.
        room = before["gina issues"][-1]["guest_room"]
        await gina.call("POST", f"/rooms/{room}/messages", {"txn_id": "after", "body": "Still there?"})

        async def is_said() -> bool:
            _, history = await ada.call("GET", f"/rooms/{room}/messages")
            return [e["content"].get("body") for e in history["events"]].count("Still there?") == 1

        await until(is_said)
        assert "whole, and every rule answers as it did" in await chaperone(house, "audit", "replay")
