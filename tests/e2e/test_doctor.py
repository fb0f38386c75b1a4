"""`chaperone doctor` on a running house: well at work, and not well once somebody broke something past the rules."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from tests.e2e.house import House
from tests.e2e.issue import claimed_issue
from tests.synapse import ROOT

pytestmark = pytest.mark.e2e


async def doctor(house: House) -> tuple[int, Any]:
    """Its exit code, and what it says to programs."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bridge.cli", "doctor", "--json"],
        env=house.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout or "null") if done.returncode < 2 else done.stderr


async def test_it_finds_nothing_in_a_house_at_work_and_what_was_broken_by_the_bridges_own_hand(house: House) -> None:
    async with claimed_issue(house) as issue:
        code, breaches = await doctor(house)
        assert (code, breaches) == (0, []), breaches

        token = (house.data / "secrets" / "as_token").read_text().strip()
        url = f"{house.homeserver}/_matrix/client/v3/rooms/{quote(issue.guest_room)}/state/m.room.history_visibility/"
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            for visibility, expected in (("shared", 1), ("joined", 0)):
                async with session.put(url, json={"history_visibility": visibility}) as answer:
                    assert answer.status == 200, await answer.text()
                    event = (await answer.json())["event_id"]
                code, breaches = await doctor(house)
                assert code == expected, breaches
                if expected:
                    [breach] = breaches
                    assert (breach["room"], breach["event"]) == (issue.guest_room, event)
