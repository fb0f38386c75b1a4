"""Both ways of escalating, on real parts: in place by a tap, and to a new room by a command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import nio
import pytest

from policies.names import EventId, RoomId
from tests.e2e.colleague import Colleague
from tests.e2e.house import House
from tests.e2e.issue import Issue, claimed_issue
from tests.e2e.scene import joined
from tests.until import until

pytestmark = pytest.mark.e2e


@pytest.fixture
async def ben(house: House) -> AsyncIterator[Colleague]:
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(Colleague(house.homeserver, house.login("t2")))


def says(*parts: str) -> Any:
    return lambda e: e["type"] == "m.room.message" and all(p in e["content"].get("body", "") for p in parts)


async def test_in_place_by_a_tap_until_the_old_assignee_has_gone(house: House, ben: Colleague) -> None:
    async with claimed_issue(house) as issue:
        ada = issue.ada
        card = await ada.wait_for(issue.staff_room, says("📋"))
        await ada.wait_for(
            issue.staff_room,
            lambda e: e["type"] == "m.reaction" and e["content"]["m.relates_to"]["key"] == "⬆️",
        )
        await ada.tap(issue.staff_room, EventId(card["event_id"]), "⬆️")
        for room in (issue.guest_room, issue.staff_room):
            await joined(ben, room, ben.user_id)
        capsule = await ben.wait_for(issue.staff_room, says("escalated from T1 to T2", "Is anybody there?"))
        assert ben.user_id in capsule["content"]["m.mentions"]["user_ids"]
        assert (await ada.state(issue.staff_room, "chat.chaperone.issue"))["assignee"] == ada.user_id

        await ben.say(issue.guest_room, "Hello, I am Ben.")
        await ada.wait_for(issue.staff_room, says(f"{ben.user_id} answers for issue {issue.id} now", "may leave now"))

        async def is_bens() -> bool:
            state = await ada.state(issue.staff_room, "chat.chaperone.issue")
            return (state["assignee"], state["tier"], state["wanted"]) == (ben.user_id, "T2", None)

        await until(is_bens)
        assert isinstance(await ada.client.room_leave(issue.guest_room), nio.RoomLeaveResponse)
        said = await issue.guest.call("GET", f"/rooms/{issue.guest_room}/messages")
        assert "Hello, I am Ben." in str(said)
        await ben.say(issue.staff_room, "!conclude resolved")


async def test_to_a_new_room_where_the_guests_conversation_goes_on_by_itself(house: House, ben: Colleague) -> None:
    async with claimed_issue(house) as issue:
        ada, guest = issue.ada, issue.guest
        await guest.send(type="join", room=issue.guest_room)
        await guest.send(type="message", room=issue.guest_room, txn_id="before", body="It is about the export.")
        await ada.wait_for(issue.guest_room, says("It is about the export."))
        await ada.say(issue.staff_room, "!escalate new the vendor has to look")
        moved = await guest.wait_for(lambda f: f["type"] == "issue" and f["id"] == issue.id and "continues_in" in f)
        await guest.send(type="message", room=issue.guest_room, txn_id="after", body="Are you there?")
        child = await new_rooms(issue, ada, str(moved["continues_in"]))

        goes_on = await guest.wait_for(lambda f: f["type"] == "issue" and f["guest_room"] == child.guest_room)
        assert goes_on["continues_in"] == child.id
        await ada.wait_for(child.guest_room, says("Are you there?"))
        since = len(guest.frames)
        await guest.send(type="join", room=child.guest_room)
        history = await guest.wait_for(lambda f: f["type"] == "history" and f["room"] == child.guest_room, since)
        bodies = [e["content"]["body"] for e in history["events"] if e["type"] == "m.room.message"]
        assert [body for body in bodies if "?" in body or "export" in body][:2] == [
            "Is anybody there?",
            "It is about the export.",
        ]
        if "Are you there?" not in bodies:  # the bridge was told of it after the employee's client was
            await guest.wait_for(
                lambda f: f["type"] == "event" and f["event"]["content"].get("body") == "Are you there?", since
            )

        await is_muted(ada, issue.guest_room, house.login("guest").user_id)
        await ada.wait_for(issue.staff_room, says(f"It goes on as issue {child.id}", child.staff_room))
        old, new = [await ada.state(room, "chat.chaperone.issue") for room in (issue.staff_room, child.staff_room)]
        assert (old["status"], old["conclusion"], old["child"]) == ("concluded", "escalated", child.id)
        assert (new["status"], new["parent"], new["assignee"]) == ("open", issue.id, ada.user_id)

        card = await ben.wait_for(None, says(f"⬆️ {child.id} · ", "waits for T2"))
        await ben.tap(RoomId(card["room_id"]), EventId(card["event_id"]), "✋")
        await ada.wait_for(child.staff_room, says(f"{ben.user_id} answers for issue {child.id} now"))
        await joined(ben, child.guest_room, ben.user_id)
        await ben.say(child.guest_room, "I am the vendor's friend.")
        await guest.wait_for(
            lambda f: f["type"] == "event" and f["event"]["content"].get("body") == "I am the vendor's friend."
        )
        assert isinstance(await ada.client.room_leave(child.guest_room), nio.RoomLeaveResponse)
        await ben.say(child.staff_room, "!conclude resolved")
        await guest.wait_for(lambda f: f["type"] == "issue" and f["id"] == child.id and f["status"] == "concluded")
        status, rated = await guest.call("POST", f"/issues/{child.id}/rating", {"rating": 5})
        assert (status, rated["rating"]) == (200, 5)
        await ben.wait_for(child.staff_room, says("The guest rated this 5 of 5."))


async def new_rooms(issue: Issue, ada: Colleague, child_id: str) -> Issue:
    """The rooms of the issue that goes on, as the old assignee's client sees them appear."""

    def is_state(side: str) -> Any:
        return lambda e: (
            e["type"] == "chat.chaperone.issue" and e["content"]["id"] == child_id and e["content"]["side"] == side
        )

    child = Issue(issue.house, issue.guest, ada)
    child.id = child_id
    child.guest_room = RoomId((await ada.wait_for(None, is_state("guest")))["room_id"])
    child.staff_room = RoomId((await ada.wait_for(None, is_state("staff")))["room_id"])
    return child


async def is_muted(ada: Colleague, room: RoomId, guest: str) -> None:
    async def muted() -> bool:
        levels = await ada.state(room, "m.room.power_levels")
        return bool(levels["users"].get(guest) == -1)

    await until(muted)
