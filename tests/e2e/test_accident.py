"""An employee asks a robot in the wrong room: nobody sees it, and the staff room says where to ask (rule R2)."""

from __future__ import annotations

import nio
import pytest

from tests.e2e.house import House
from tests.e2e.issue import claimed_issue

pytestmark = pytest.mark.e2e


async def test_words_for_a_robot_do_not_reach_the_guest_and_the_staff_room_says_where_to_ask(house: House) -> None:
    async with claimed_issue(house) as issue:
        question = {"msgtype": "m.text", "body": "!ask iStackBuddy.forms.diagnostics what a mess"}
        refused = await issue.ada.client.room_send(issue.guest_room, "m.room.message", question)
        assert isinstance(refused, nio.RoomSendError)
        assert refused.status_code == "CHAPERONE_ASK_IN_STAFF_ROOM"
        note = await issue.ada.wait_for(
            issue.staff_room, lambda e: f"https://matrix.to/#/{issue.staff_room}" in str(e["content"].get("body"))
        )
        assert issue.ada.user_id in note["content"]["m.mentions"]["user_ids"]
        status, history = await issue.guest.call("GET", f"/rooms/{issue.guest_room}/messages")
        assert status == 200
        assert not any("mess" in str(e["content"].get("body")) for e in history["events"])
