"""No guest is ever alone, on real parts: the module refuses at once, the bridge finds somebody, then they may go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import aiohttp
import nio
import pytest

from tests.e2e.colleague import Colleague
from tests.e2e.house import DemoLogin, House
from tests.e2e.issue import Issue, claimed_issue
from tests.e2e.visitor import Visitor
from tests.until import until

pytestmark = pytest.mark.e2e


async def joined(issue: Issue) -> set[str]:
    """Who is in the guest room, as the bridge's own user asks, who is always there."""
    token = (issue.house.data / "secrets" / "as_token").read_text().strip()
    url = f"{issue.house.homeserver}/_matrix/client/v3/rooms/{quote(issue.guest_room)}/joined_members"
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as response:
        assert response.status == 200, await response.text()
        return set((await response.json())["joined"])


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


@pytest.fixture
async def hasty_house(tmp_path: Path) -> AsyncIterator[House]:
    """A house that looks for somebody for two seconds only."""
    house = House(tmp_path / "var", CHAPERONE__DESK__COVER_SECONDS="2")
    await house.start()
    yield house
    await house.stop()


@asynccontextmanager
async def admin_of(house: House) -> AsyncIterator[Visitor]:
    login = house.login("admin")
    async with Visitor(house.web, login.login, login.password) as admin:
        yield admin


async def log_in(house: House, login: DemoLogin) -> int:
    """The status of a login with a Matrix client."""
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": login.user_id},
        "password": login.password,
    }
    url = f"{house.homeserver}/_matrix/client/v3/login"
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        return response.status


async def change(admin: Visitor, login: str, body: dict[str, object]) -> dict[str, object]:
    """Change somebody of the list by their login."""
    status, page = await admin.call("GET", f"/users?q={login}")
    assert status == 200, page
    [user] = [user for user in page["users"] if user["login"] == login]
    status, answer = await admin.call("PATCH", f"/users/{user['id']}", body)
    assert status == 200, answer
    return dict(answer)


async def test_while_the_bridge_is_down_the_module_holds_the_line_and_then_somebody_is_found(
    hasty_house: House,
) -> None:
    house = hasty_house
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


async def test_where_nobody_is_to_be_found_the_guest_is_back_in_the_lobby_and_told(hasty_house: House) -> None:
    house = hasty_house
    async with claimed_issue(house) as issue, admin_of(house) as admin:
        for login in ("ben", "cleo", "sam"):
            await change(admin, login, {"on_duty": False})
        assert isinstance(await issue.ada.client.room_leave(issue.guest_room), nio.RoomLeaveError)
        seen = len(issue.guest.frames)
        back = await issue.guest.wait_for(lambda f: f["type"] == "issue" and f["status"] == "queued", seen)
        assert back["queue_position"] == 1
        await issue.ada.wait_for(issue.staff_room, lambda e: "may leave now." in str(e["content"].get("body")))
        status, history = await issue.guest.call("GET", f"/rooms/{issue.guest_room}/messages")
        assert status == 200
        assert any("nobody of us can stay" in str(e["content"].get("body")) for e in history["events"])
        assert house.login("guest").user_id not in await joined(issue)
        status, _ = await issue.guest.call(
            "POST", f"/rooms/{issue.guest_room}/messages", {"txn_id": "still", "body": "still here"}
        )
        assert status == 200
        left = await issue.ada.client.room_leave(issue.guest_room)
        assert isinstance(left, nio.RoomLeaveResponse), left

        # Somebody takes it up again: the same rooms, and the guest back in theirs.
        async with Colleague(house.homeserver, house.login("t2")) as ben:
            ben_at_the_api = house.login("t2")
            async with Visitor(house.web, ben_at_the_api.login, ben_at_the_api.password) as desk:
                status, view = await desk.call("POST", f"/issues/{issue.id}/claim", {})
            assert (status, view["guest_room"]) == (200, issue.guest_room)
            words = await ben.wait_for(issue.guest_room, lambda e: e["content"].get("body") == "still here")
            assert words["sender"] == house.login("guest").user_id

            async def goes_on() -> bool:
                _, history = await issue.guest.call("GET", f"/rooms/{issue.guest_room}/messages?limit=100")
                bodies = [e["content"].get("body") for e in history["events"] if e["type"] == "m.room.message"]
                return (bodies[0], bodies[-1]) == ("Is anybody there?", "still here")

            await until(goes_on)


async def test_when_the_last_cover_is_suspended_somebody_else_comes_and_their_power_ends_at_once(
    hasty_house: House,
) -> None:
    house = hasty_house
    async with claimed_issue(house) as issue, admin_of(house) as admin:
        ada = house.login("t1")
        async with (
            Visitor(house.web, ada.login, ada.password) as desk,
            Colleague(house.homeserver, house.login("t2")) as ben,
        ):
            after = await change(admin, "ada", {"status": "suspended"})
            assert (after["status"], after["state"]) == ("suspended", "settled")
            assert (await desk.call("GET", "/me"))[0] == 401
            refused = await issue.ada.client.joined_members(issue.guest_room)
            assert isinstance(refused, nio.ErrorResponse)
            assert await log_in(house, ada) == 403

            answer = await ben.client.joined_members(issue.guest_room)
            assert isinstance(answer, nio.JoinedMembersResponse), answer
            here = {member.user_id for member in answer.members}
            assert ada.user_id not in here
            assert {ben.user_id, house.login("guest").user_id} <= here
            staff = await ben.client.joined_members(issue.staff_room)
            assert isinstance(staff, nio.JoinedMembersResponse), staff
            assert ada.user_id not in {member.user_id for member in staff.members}

            back = await change(admin, "ada", {"status": "allowed"})
            assert back["state"] == "settled"
            assert await log_in(house, ada) == 200
