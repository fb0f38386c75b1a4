"""An issue on real parts: its guest by HTTP and socket, its employee by matrix-nio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from policies.names import EventId, RoomId
from tests.e2e.colleague import Colleague
from tests.e2e.house import House
from tests.e2e.visitor import Visitor


class Issue:
    """An issue that was opened and claimed, with everybody in place."""

    def __init__(self, house: House, guest: Visitor, ada: Colleague) -> None:
        self.house, self.guest, self.ada = house, guest, ada
        self.id = ""
        self.guest_room = RoomId("")
        self.staff_room = RoomId("")

    async def open(self, subject: str, message: str) -> None:
        status, answer = await self.guest.call("POST", "/issues", {"subject": subject, "message": message})
        assert status == 201, answer
        self.id = answer["id"]

    async def card(self) -> Mapping[str, Any]:
        """Its card in the T1 queue room, as the employee's client sees it."""
        return await self.ada.wait_for(
            None, lambda e: e["type"] == "m.room.message" and f"{self.id} · " in e["content"].get("body", "")
        )

    async def claim(self) -> None:
        card = await self.card()
        await self.ada.tap(RoomId(card["room_id"]), EventId(card["event_id"]), "✋")
        await self.settle_in()

    async def settle_in(self) -> None:
        """Wait until both rooms have their people."""

        def is_state(side: str) -> Any:
            return lambda e: (
                e["type"] == "chat.chaperone.issue" and e["content"]["id"] == self.id and e["content"]["side"] == side
            )

        self.guest_room = RoomId((await self.ada.wait_for(None, is_state("guest")))["room_id"])
        self.staff_room = RoomId((await self.ada.wait_for(None, is_state("staff")))["room_id"])
        await self.guest.wait_for(lambda f: f["type"] == "issue" and f["id"] == self.id and f["guest_room"] is not None)


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
