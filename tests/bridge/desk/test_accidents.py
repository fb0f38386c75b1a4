"""What an employee types to a robot in the guest's room is refused, and the staff room says where to ask (rule R2)."""

from __future__ import annotations

import pytest

from bridge.errors import MatrixRefused
from bridge.ports import IssueRecord
from policies.names import RoomId
from tests.bridge.desk.office import ROBOT, Office, user
from tests.fakes.homeserver import BOT

ADA = user("ada")


async def slip(office: Office, record: IssueRecord, body: str, **more: object) -> str:
    """Ada writes in the wrong room; what the staff room says last."""
    guest_room, staff_room = RoomId(str(record.issue.guest_room)), RoomId(str(record.issue.staff_room))
    with pytest.raises(MatrixRefused, match="ASK_IN_STAFF_ROOM"):
        office.homeserver.act(ADA, guest_room, "m.room.message", {"msgtype": "m.text", "body": body, **more})
    await office.settle()
    note = office.homeserver.messages(staff_room)[-1]
    assert note.sender == BOT
    assert note.content["m.mentions"] == {"user_ids": [ADA]}
    assert office.homeserver.bodies(guest_room) == [("@guest-gina:test", "It says 500.")]
    return str(note.content["body"])


async def test_the_staff_room_says_where_to_ask_with_a_link(office: Office) -> None:
    record = await office.claimed_issue()
    note = await slip(office, record, "!ask iStackBuddy.forms.diagnostics what is wrong with form 7?")
    assert f"https://matrix.to/#/{record.issue.staff_room}" in note
    assert "form 7" not in note


async def test_it_names_the_robot_that_was_addressed(office: Office) -> None:
    record = await office.claimed_issue()
    note = await slip(office, record, "look at this", **{"m.mentions": {"user_ids": [ROBOT]}})
    assert "!ask istackbuddy.forms.diagnostics …" in note


async def test_a_command_without_a_robot_is_answered_too(office: Office) -> None:
    record = await office.claimed_issue()
    assert "!ask <robot> …" in await slip(office, record, "!ask what is this?")
