"""Two things at the same moment, on real parts: whoever wins, no guest is alone and no issue is nobody's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import nio
import pytest

from policies.names import RoomId
from tests.e2e.colleague import Colleague
from tests.e2e.house import House
from tests.e2e.issue import Issue, claimed_issue
from tests.e2e.test_cover import joined
from tests.e2e.visitor import Visitor
from tests.until import until

pytestmark = pytest.mark.e2e

BOT = "@chaperone:localhost"


@pytest.fixture
async def staff(house: House) -> AsyncIterator[list[Visitor]]:
    """Ada, Ben and Sam by the API."""
    async with AsyncExitStack() as stack:
        logins = [house.login(key) for key in ("t1", "t2", "supervisor")]
        yield [await stack.enter_async_context(Visitor(house.web, one.login, one.password)) for one in logins]


async def cover(issue: Issue) -> set[str]:
    return await joined(issue) - {BOT, issue.house.login("guest").user_id}


async def leave(colleague: Colleague, room: RoomId) -> bool:
    return isinstance(await colleague.client.room_leave(room), nio.RoomLeaveResponse)


async def with_ben(issue: Issue, ben: Colleague) -> None:
    """Ben is the second one there; Ada answers for the issue."""
    invited = await issue.ada.client.room_invite(issue.guest_room, ben.user_id)
    assert isinstance(invited, nio.RoomInviteResponse), invited
    assert isinstance(await ben.client.join(issue.guest_room), nio.JoinResponse)


async def test_a_claim_and_a_conclusion_at_once_leave_one_story(house: House, staff: list[Visitor]) -> None:
    ada, _, sam = staff
    login = house.login("guest")
    async with Visitor(house.web, login.login, login.password) as guest:
        for _ in range(3):
            _, opened = await guest.call("POST", "/issues", {"subject": "Race", "message": "Who is first?"})
            path = f"/issues/{opened['id']}"
            end = {"conclusion": "resolved", "note": "x"}
            claimed, concluded = await asyncio.gather(
                ada.call("POST", f"{path}/claim", {}), sam.call("POST", f"{path}/conclude", end)
            )
            assert concluded[0] == 200
            assert claimed[0] in (200, 409)
            _, after = await sam.call("GET", path)
            assert (after["status"], after["conclusion"]) == ("concluded", "resolved")
            assert (after["assignee"] is None) == (claimed[0] == 409)


async def test_of_the_last_two_who_leave_at_once_one_stays(house: House) -> None:
    async with claimed_issue(house) as issue, Colleague(house.homeserver, house.login("t2")) as ben:
        await with_ben(issue, ben)
        left = await asyncio.gather(leave(issue.ada, issue.guest_room), leave(ben, issue.guest_room))
        assert left.count(True) <= 1
        assert await cover(issue)

        async def is_answered_for() -> bool:
            state = await issue.ada.state(issue.staff_room, "chat.chaperone.issue")
            return state["assignee"] in await cover(issue)

        await until(is_answered_for)


async def test_a_handover_while_the_last_one_leaves_leaves_the_guest_with_somebody(
    house: House, staff: list[Visitor]
) -> None:
    ada, *_ = staff
    async with claimed_issue(house) as issue:
        handover = ada.call("POST", f"/issues/{issue.id}/handover", {"to": house.login("t2").user_id})
        await asyncio.gather(handover, leave(issue.ada, issue.guest_room))

        async def is_ben_there() -> bool:
            return house.login("t2").user_id in await cover(issue)

        await until(is_ben_there)
        assert await cover(issue)


async def test_a_guest_who_is_brought_in_while_the_last_one_leaves_is_not_alone(house: House) -> None:
    """The claim lets the employee in first; they go in the moment in which their guest comes."""
    login = house.login("guest")
    async with (
        Visitor(house.web, login.login, login.password) as guest,
        Colleague(house.homeserver, house.login("t1")) as ada,
    ):
        await guest.connect()
        issue = Issue(house, guest, ada)
        await issue.open("Hello and goodbye", "Is anybody there?")
        card = await issue.card()
        await ada.say(RoomId(card["room_id"]), f"!claim {issue.id}")
        came = await ada.wait_for(
            None, lambda e: e["type"] == "chat.chaperone.issue" and e["content"] | {"id": issue.id} == e["content"]
        )
        issue.guest_room = RoomId(came["room_id"])
        await leave(ada, issue.guest_room)

        async def is_settled() -> bool:
            _, now = await guest.call("GET", f"/issues/{issue.id}")
            if now["guest_room"] is None:
                return bool(now["status"] == "queued")
            async with Colleague(house.homeserver, login) as eyes:
                answer = await eyes.client.joined_members(now["guest_room"])
            if not isinstance(answer, nio.JoinedMembersResponse):
                return False  # they are out again, on the way to the lobby
            there = {member.user_id for member in answer.members}
            assert there - {BOT, login.user_id}, "the guest is alone"
            return login.user_id in there

        await until(is_settled, within_s=40)
