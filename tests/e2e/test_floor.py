"""The floor on real parts: spaces in a client's room list, break-in seen by all, chats of staff and with robots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from nio import EnableEncryptionBuilder, RoomCreateResponse
from nio.api import RoomPreset

from policies.names import RoomId
from tests.e2e.colleague import Colleague
from tests.e2e.eyes import Eyes, at
from tests.e2e.house import House
from tests.e2e.issue import Issue, claimed_issue
from tests.e2e.visitor import Visitor
from tests.until import until

pytestmark = pytest.mark.e2e

ROBOT = "iStackBuddy.forms.diagnostics"


def lists(room: RoomId) -> Callable[[Mapping[str, Any]], bool]:
    return lambda e: e["type"] == "m.space.child" and e.get("state_key") == room and bool(e["content"])


def comes_in(user_id: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda e: (
        e["type"] == "m.room.member" and e.get("state_key") == user_id and e["content"]["membership"] == "join"
    )


async def supervisor(house: House) -> Visitor:
    login = house.login("supervisor")
    return Visitor(house.web, login.login, login.password)


async def names_in(eyes: Eyes, space: RoomId) -> dict[str, str]:
    """What a client shows of a space: the rooms in it, and what each is called."""
    found = await eyes.done("GET", f"{at('rooms', space)}/hierarchy", base="/_matrix/client/v1")
    return {room["room_id"]: room.get("name", "") for room in found["rooms"]}


class TestSpaces:
    async def test_both_rooms_are_in_the_tiers_space_by_name_until_the_issue_ends(self, house: House) -> None:
        async with claimed_issue(house) as issue, Eyes(house.homeserver, house.login("t1")) as eyes:
            listed = await issue.ada.wait_for(None, lists(issue.staff_room))
            space = RoomId(listed["room_id"])
            names = await names_in(eyes, space)
            assert names[space] == "T1 · desk"
            assert names[issue.guest_room] == f"{issue.id} · Stay with me"
            assert names[issue.staff_room] == f"{issue.id} · staff"
            assert "T1 · queue" in names.values()
            await self._guest_learns_nothing(house, issue)
            await issue.ada.say(issue.staff_room, "!conclude resolved")

            async def have_left() -> bool:
                return not {issue.guest_room, issue.staff_room} & (await names_in(eyes, space)).keys()

            await until(have_left)

    async def _guest_learns_nothing(self, house: House, issue: Issue) -> None:
        async with Eyes(house.homeserver, house.login("guest")) as gina:
            state = await gina.done("GET", f"{at('rooms', issue.guest_room)}/state")
            assert not [event for event in state if event["type"].startswith("m.space")]


class TestBreakIn:
    async def test_a_supervisor_comes_into_an_issue_for_all_to_see(self, house: House) -> None:
        async with claimed_issue(house) as issue, await supervisor(house) as desk:
            sam = house.login("supervisor").user_id
            status, entry = await desk.call("POST", f"/rooms/{quote(issue.guest_room, safe='')}/break-in", {})
            assert (status, entry["state"], entry["readable"]) == (200, "joined", "what is said from now on")
            await issue.ada.wait_for(issue.guest_room, comes_in(sam))
            await issue.ada.wait_for(issue.guest_room, lambda e: "has come in" in str(e["content"].get("body")))
            await issue.guest.send(type="join", room=issue.guest_room)
            await issue.guest.wait_for(lambda f: f["type"] == "member" and f["user_id"] == sam)

    async def test_so_in_an_encrypted_chat_that_two_made_with_their_clients(self, house: House) -> None:
        sam = house.login("supervisor").user_id
        async with (
            Colleague(house.homeserver, house.login("t2")) as ben,
            Colleague(house.homeserver, house.login("t3")) as cleo,
            await supervisor(house) as desk,
        ):
            made = await ben.client.room_create(
                is_direct=True,
                preset=RoomPreset.trusted_private_chat,
                invite=[cleo.user_id],
                initial_state=[EnableEncryptionBuilder().as_dict()],
            )
            assert isinstance(made, RoomCreateResponse), made
            room = RoomId(made.room_id)
            await cleo.client.join(room)

            async def is_known() -> bool:
                status, seen = await desk.call("GET", f"/rooms/{quote(room, safe='')}")
                return status == 200 and bool(seen["staff"] == 2 and seen["encrypted"])

            await until(is_known)
            status, entry = await desk.call("POST", f"/rooms/{quote(room, safe='')}/break-in", {})
            assert (status, entry["state"], entry["readable"]) == (200, "joined", "what is said from now on")
            for who in (ben, cleo):
                await who.wait_for(room, comes_in(sam))


class TestChats:
    async def test_two_colleagues_talk_and_one_asks_a_robot(self, house: House) -> None:
        login = house.login("t2")
        async with (
            Colleague(house.homeserver, login) as ben,
            Colleague(house.homeserver, house.login("t3")) as cleo,
            Visitor(house.web, login.login, login.password) as page,
        ):
            status, chat = await page.call("POST", "/chats", {"kind": "direct", "with": [cleo.user_id]})
            assert (status, chat["state"]) == (201, "settled")
            await ben.wait_for(RoomId(chat["room_id"]), comes_in(cleo.user_id))
            await ben.say(RoomId(chat["room_id"]), "Lunch?")
            await cleo.wait_for(RoomId(chat["room_id"]), lambda e: e["content"].get("body") == "Lunch?")

            status, asked = await page.call("POST", "/chats", {"kind": "direct", "robots": [ROBOT]})
            assert (status, asked["state"]) == (201, "settled")
            robot = f"@{ROBOT.lower()}:{ben.user_id.partition(':')[2]}"
            await ben.wait_for(RoomId(asked["room_id"]), comes_in(robot))
            await ben.say(RoomId(asked["room_id"]), f"!ask {ROBOT} what can you do?")
            await ben.wait_for(
                RoomId(asked["room_id"]), lambda e: e["type"] == "m.room.message" and e["sender"] == robot
            )
