"""kill -9 of the bridge in the middle of an escalation: it comes to its end, once, and the guest is never alone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from policies.names import RoomId
from tests.e2e.colleague import Colleague
from tests.e2e.house import House
from tests.e2e.issue import Issue, claimed_issue
from tests.e2e.test_escalation import is_muted, new_rooms, says
from tests.e2e.test_survival import deliver
from tests.until import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.prove,
    pytest.mark.skipif("CHAPERONE_PROVE" not in os.environ, reason="a long proof; `make prove` runs it"),
]

MOMENTS: Final = (0.0, 0.25, 0.5, 1.0, 2.0)
"""Seconds from the command to the kill: before it was heard, while the rooms are made, while the guest moves."""


@pytest.fixture
async def own_house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "var")
    await house.start()
    yield house
    await house.stop()


async def test_wherever_the_bridge_is_killed_the_conversation_goes_on_once(own_house: House) -> None:
    for moment in MOMENTS:
        async with claimed_issue(own_house) as issue:
            await survive(own_house, issue, moment)


async def survive(house: House, issue: Issue, moment: float) -> None:
    ada, guest = issue.ada, issue.guest
    await guest.send(type="join", room=issue.guest_room)
    await deliver(guest, issue.guest_room, f"before {issue.id}", "before")
    await ada.wait_for(issue.guest_room, says("before"))
    await ada.say(issue.staff_room, "!escalate new the vendor has to look")
    await asyncio.sleep(moment)
    await house.kill_and_see_back("bridge")
    await deliver(guest, issue.guest_room, f"after {issue.id}", "after")

    async def is_moved() -> bool:
        _, seen = await guest.call("GET", f"/issues/{issue.id}")
        return seen["continues_in"] is not None and seen["guest_room"] not in (None, issue.guest_room)

    await until(is_moved, within_s=60)
    _, seen = await guest.call("GET", f"/issues/{issue.id}")
    child = await new_rooms(issue, ada, seen["continues_in"])
    await is_muted(ada, issue.guest_room, house.login("guest").user_id)
    await ada.wait_for(child.staff_room, says("Observations so far"))
    await until(lambda: is_said_once(ada, (issue.guest_room, child.guest_room), "after"))
    for body in ("before", "after"):
        said = [b for room in (issue.guest_room, child.guest_room) for b in ada.bodies(room) if b == body]
        assert len(said) == 1, (moment, body, said)
    assert sum("Observations so far" in body for body in ada.bodies(child.staff_room)) == 1
    assert {ada.user_id, house.login("guest").user_id} <= await members(ada, child.guest_room)
    await ada.say(child.staff_room, "!conclude resolved")
    await ada.wait_for(child.staff_room, says("was concluded by"))


async def is_said_once(ada: Colleague, rooms: tuple[RoomId, RoomId], body: str) -> bool:
    return sum(ada.bodies(room).count(body) for room in rooms) == 1


async def members(ada: Colleague, room: RoomId) -> set[str]:
    answer: Any = await ada.client.joined_members(room)
    return {member.user_id for member in answer.members}
