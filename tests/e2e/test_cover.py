"""No guest is ever alone, on real parts: the module refuses at once, the bridge finds somebody, then they may go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import nio
import pytest

from tests.e2e.colleague import Colleague
from tests.e2e.house import House
from tests.e2e.issue import Issue
from tests.e2e.visitor import Visitor
from tests.until import until

pytestmark = pytest.mark.e2e


@asynccontextmanager
async def claimed_issue(house: House) -> AsyncIterator[Issue]:
    """An issue with Gina and Ada in it."""
    async with AsyncExitStack() as stack:
        login = house.login("guest")
        guest = await stack.enter_async_context(Visitor(house.web, login.login, login.password))
        ada = await stack.enter_async_context(Colleague(house.homeserver, house.login("t1")))
        await guest.connect()
        issue = Issue(house, guest, ada)
        await issue.open("Stay with me", "Is anybody there?")
        await guest.send(type="join", room=f"lobby:{issue.id}")
        await issue.claim()
        yield issue


async def joined(issue: Issue) -> set[str]:
    """Who is in the guest room, as Ada's client asks."""
    answer = await issue.ada.client.joined_members(issue.guest_room)
    assert isinstance(answer, nio.JoinedMembersResponse), answer
    return {member.user_id for member in answer.members}


async def test_the_last_employee_is_refused_replaced_and_then_let_go(house: House) -> None:
    async with claimed_issue(house) as issue:
        refused = await issue.ada.client.room_leave(issue.guest_room)
        assert isinstance(refused, nio.RoomLeaveError)
        assert refused.status_code == "CHAPERONE_GUEST_ALONE"
        told = await issue.ada.wait_for(
            issue.staff_room, lambda e: f"{issue.ada.user_id} may leave now." in str(e["content"].get("body"))
        )
        assert issue.ada.user_id in told["content"]["m.mentions"]["user_ids"]
        others = await joined(issue) - {issue.ada.user_id, issue.house.login("guest").user_id, "@chaperone:localhost"}
        assert len(others) == 1
        assert (await issue.ada.state(issue.staff_room, "chat.chaperone.issue"))["assignee"] in others
        assert isinstance(await issue.ada.client.room_leave(issue.guest_room), nio.RoomLeaveResponse)


async def test_while_the_bridge_is_down_the_module_holds_the_line_and_then_somebody_is_found(house: House) -> None:
    async with claimed_issue(house) as issue:
        house.kill_part("bridge")
        refused = await issue.ada.client.room_leave(issue.guest_room)
        assert isinstance(refused, nio.RoomLeaveError)
        assert issue.ada.user_id in await joined(issue)
        await until(house.answers, within_s=60)

        async def is_let_go() -> bool:
            return isinstance(await issue.ada.client.room_leave(issue.guest_room), nio.RoomLeaveResponse)

        await issue.ada.wait_for(issue.staff_room, lambda e: "may leave now." in str(e["content"].get("body")))
        await until(is_let_go)
