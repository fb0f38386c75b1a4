"""What a supervisor says in the staff room is heard by whoever works on the issue, and never by its guest."""

from __future__ import annotations

from policies.names import RoomId
from tests.bridge.desk.office import Office, user
from tests.fakes.homeserver import BOT

ADA, AMY, SAM = user("ada"), user("amy"), user("sam")


class TestWhisper:
    async def test_it_is_said_to_the_assignee_who_is_notified(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert await office.whispers.whisper(SAM, record.issue.id, None, "Offer a refund.") == ADA
        await office.settle()
        told = office.homeserver.messages(RoomId(str(record.issue.staff_room)))[-1]
        assert told.sender == BOT
        assert told.content["body"] == f"🤫 {SAM} to {ADA}: Offer a refund."
        assert told.content["m.mentions"] == {"user_ids": [ADA]}

    async def test_the_guests_room_says_nothing_of_it(self, office: Office) -> None:
        record = await office.claimed_issue()
        before = len(office.events(record.issue.guest_room))
        await office.whispers.whisper(SAM, record.issue.id, None, "Offer a refund.")
        await office.settle()
        assert len(office.events(record.issue.guest_room)) == before

    async def test_by_command_from_the_queue(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.say(SAM, office.queue(), f"!whisper {record.issue.id} @ada Offer a refund.")
        told = office.homeserver.messages(RoomId(str(record.issue.staff_room)))[-1]
        assert told.content["body"].endswith(f"to {ADA}: Offer a refund.")

    async def test_by_command_in_the_staff_room(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.say(SAM, office.queue(), f"!breakin {record.issue.id}")
        await office.say(SAM, record.issue.staff_room, "!whisper 12 months is too long.")
        told = office.homeserver.messages(RoomId(str(record.issue.staff_room)))[-1]
        assert told.content["body"].endswith("12 months is too long.")

    async def test_what_is_wrong_with_it_is_said(self, office: Office) -> None:
        record = await office.claimed_issue()
        for command, expected in (
            ("!whisper", "Write !whisper"),
            (f"!whisper {record.issue.id}", "Write !whisper"),
            (f"!whisper {record.issue.id} @amy Hello.", "@amy:test is not in the staff room"),
            ("!whisper 999 Hello.", "no issue"),
        ):
            await office.say(SAM, office.queue(), command)
            assert expected in office.homeserver.bodies(office.queue())[-1][1]

    async def test_an_employee_is_told_to_write_instead(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.say(AMY, office.queue(), f"!whisper {record.issue.id} Hello.")
        assert office.homeserver.bodies(office.queue())[-1][1].startswith("Only supervisors whisper")
