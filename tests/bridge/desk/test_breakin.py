"""A supervisor enters what others say to each other: seen by all, written down, and never where nobody speaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.desk.breakin import Entry
from bridge.desk.people import Change
from bridge.errors import MatrixRefused, Unknown
from bridge.ports import Chat, IssueRecord, PrincipalId
from policies.issue import Conclusion
from policies.names import Code, RoomId, Standing, UserId
from policies.outcomes import Refuse
from policies.rooms import RoomKind
from tests.bridge.desk.office import ALEX, GINA, Office, user
from tests.fakes.homeserver import BOT

ADA, AMY, BEN, SAM = user("ada"), user("amy"), user("ben"), user("sam")


async def enter(office: Office, room: RoomId | None, who: UserId = SAM, *, announce: bool = True) -> Entry | Refuse:
    assert room is not None
    entry = await office.break_in.enter(who, room, announce=announce)
    await office.settle()
    return entry


async def chat_of(office: Office, kind: RoomKind, *others: UserId) -> RoomId:
    chat = await office.chats.open(ADA, kind, others)
    assert isinstance(chat, Chat)
    await office.settle()
    async with office.store.read() as tx:
        opened = await tx.chats.load(chat.id)
    assert opened is not None
    assert opened.room_id is not None
    return opened.room_id


def said_last(office: Office, room: RoomId | None) -> tuple[str, str]:
    assert room is not None
    return office.homeserver.bodies(room)[-1]


async def notes(office: Office, record: IssueRecord) -> list[str]:
    async with office.store.read() as tx:
        return [entry.what for entry in await tx.audit.entries(subject=f"issue:{record.issue.id}")]


class TestIssues:
    async def test_they_are_in_the_guests_room_for_all_to_see(self, office: Office) -> None:
        record = await office.claimed_issue()
        await enter(office, record.issue.guest_room)
        assert SAM in office.joined(record.issue.guest_room)
        assert said_last(office, record.issue.guest_room) == (BOT, "Sam, a supervisor, has come in.")

    async def test_they_may_do_there_what_staff_may(self, office: Office) -> None:
        record = await office.claimed_issue()
        await enter(office, record.issue.guest_room)
        assert record.issue.guest_room is not None
        state = office.homeserver.rooms[record.issue.guest_room].state
        assert state["m.room.power_levels", ""].content["users"][SAM] == 50

    async def test_where_a_guest_is_it_is_announced_whatever_they_wish(self, office: Office) -> None:
        record = await office.claimed_issue()
        await enter(office, record.issue.guest_room, announce=False)
        assert said_last(office, record.issue.guest_room)[1].endswith("has come in.")

    async def test_by_command_they_enter_both_rooms(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.say(SAM, office.queue(), f"!breakin {record.issue.id}")
        assert SAM in office.joined(record.issue.guest_room) & office.joined(record.issue.staff_room)
        assert "being let into the rooms" in said_last(office, office.queue())[1]

    async def test_a_concluded_issue_is_entered_without_giving_its_guest_a_voice(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.conclude(ADA, record.issue.id, Conclusion.RESOLVED, "")
        await enter(office, record.issue.guest_room)
        assert record.issue.guest_room is not None
        users = office.homeserver.rooms[record.issue.guest_room].state["m.room.power_levels", ""].content["users"]
        assert users[GINA.user_id] == -1

    async def test_it_is_in_the_audit_log_with_the_refused_tries(self, office: Office) -> None:
        record = await office.claimed_issue()
        await enter(office, record.issue.staff_room, ADA)
        assert "broke in" not in await notes(office, record)
        await enter(office, record.issue.staff_room)
        assert (await notes(office, record)).count("policies.breakin.may_break_into") == 2
        assert "broke in" in await notes(office, record)

    async def test_an_issue_without_rooms_has_none_to_enter(self, office: Office) -> None:
        record = await office.open_issue()
        await office.say(SAM, office.queue(), f"!breakin {record.issue.id}")
        assert said_last(office, office.queue())[1].endswith("has no rooms yet.")

    @pytest.mark.parametrize("who", [ADA, GINA.user_id])
    async def test_nobody_else_may(self, office: Office, who: UserId) -> None:
        record = await office.claimed_issue()
        outcome = await enter(office, record.issue.staff_room, who)
        assert isinstance(outcome, Refuse)
        assert outcome.code is Code.SUPERVISORS_ONLY

    async def test_in_a_chat_room_it_is_said_why_not(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.say(AMY, office.queue(), f"!breakin {record.issue.id}")
        assert said_last(office, office.queue())[1].startswith("Only supervisors")

    async def test_in_a_guests_room_a_client_shows_what_follows_and_in_the_staff_room_all(self, office: Office) -> None:
        record = await office.claimed_issue()
        for room, expected in ((record.issue.guest_room, False), (record.issue.staff_room, True)):
            entry = await enter(office, room)
            assert isinstance(entry, Entry)
            assert entry.reads_past is expected

    async def test_what_holds_up_the_issue_does_not_hold_up_a_supervisor(self, office: Office) -> None:
        record = await office.claimed_issue()
        office.homeserver.absent.add(AMY)
        await office.desk.hand_over(SAM, record.issue.id, AMY)
        assert record.issue.guest_room is not None
        await office.break_in.enter(SAM, record.issue.guest_room)
        with pytest.raises(AssertionError, match="rest"):
            await office.settle(rounds=20)
        assert SAM in office.joined(record.issue.guest_room)

    async def test_who_is_suspended_before_it_is_done_is_not_let_in(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert record.issue.staff_room is not None
        await office.break_in.enter(SAM, record.issue.staff_room)
        await office.people.change(ALEX, PrincipalId("sam"), Change(standing=Standing.SUSPENDED))
        await office.settle()
        assert SAM not in office.joined(record.issue.staff_room)
        assert "has come in" not in said_last(office, record.issue.staff_room)[1]

    async def test_twice_is_announced_once(self, office: Office) -> None:
        record = await office.claimed_issue()
        await enter(office, record.issue.staff_room)
        again = await enter(office, record.issue.staff_room)
        assert isinstance(again, Entry)
        assert again.was_in
        assert record.issue.staff_room is not None
        bodies = [body for _, body in office.homeserver.bodies(record.issue.staff_room)]
        assert bodies.count("Sam, a supervisor, has come in.") == 1

    async def test_a_room_that_is_not_ours_is_unknown(self, office: Office) -> None:
        with pytest.raises(Unknown):
            await enter(office, RoomId("!elsewhere"))

    async def test_it_happens_in_spite_of_a_lost_answer(self, office: Office) -> None:
        record = await office.claimed_issue()
        for cut in range(6):
            office.homeserver.cut_after = cut
            await enter(office, record.issue.staff_room)
            office.homeserver.cut_after = None
        assert SAM in office.joined(record.issue.staff_room)


class TestChats:
    async def test_a_direct_chat_is_entered_and_what_was_said_before_can_be_read(self, office: Office) -> None:
        room = await chat_of(office, RoomKind.DIRECT, AMY)
        entry = await enter(office, room)
        assert isinstance(entry, Entry)
        assert entry.reads_past
        assert office.joined(room) == {BOT, ADA, AMY, SAM}
        state = office.homeserver.rooms[room].state
        assert state["m.room.history_visibility", ""].content == {"history_visibility": "shared"}

    async def test_unannounced_their_membership_is_seen_all_the_same(self, office: Office) -> None:
        room = await chat_of(office, RoomKind.DIRECT, AMY)
        await enter(office, room, announce=False)
        assert SAM in office.joined(room)
        assert office.homeserver.messages(room) == []

    async def test_notes_to_oneself_are_nobody_elses(self, office: Office) -> None:
        outcome = await enter(office, await chat_of(office, RoomKind.SOLO))
        assert isinstance(outcome, Refuse)
        assert outcome.code is Code.NOT_PERMITTED


class TestRoomsOfClients:
    async def test_the_bridge_steps_in_and_knows_who_is_there(self, office: Office) -> None:
        room = office.homeserver.make_room(ADA, AMY, name="Lunch")
        await office.settle()
        assert BOT in office.joined(room)
        async with office.store.read() as tx:
            record = await tx.rooms.load(room)
            members = await tx.rooms.members(room)
        assert record is not None
        assert (record.kind, record.name) == (RoomKind.OTHER, "Lunch")
        assert {ADA, AMY} <= set(members)

    async def test_a_supervisor_comes_in_by_it(self, office: Office) -> None:
        room = office.homeserver.make_room(ADA, AMY)
        await office.settle()
        await enter(office, room)
        assert SAM in office.joined(room)
        assert said_last(office, room)[1] == "Sam, a supervisor, has come in."

    async def test_of_an_encrypted_one_it_is_said_what_can_be_read(self, office: Office) -> None:
        room = office.homeserver.make_room(ADA, AMY, encrypted=True)
        await office.settle()
        entry = await enter(office, room)
        assert isinstance(entry, Entry)
        assert not entry.reads_past

    async def test_an_invitation_by_anybody_else_is_left_alone(self, office: Office) -> None:
        room = office.homeserver.make_room(ADA, AMY)
        [invitation] = [event for event in office.homeserver.take() if event.state_key == BOT]
        stranger = replace(invitation, sender=UserId("@otto:elsewhere"))
        await office.intake.receive([stranger])
        await office.settle()
        assert BOT not in office.joined(room)

    async def test_what_is_called_otherwise_later_is_known_by_its_new_name(self, office: Office) -> None:
        room = office.homeserver.make_room(ADA, AMY, name="Lunch")
        await office.settle()
        await office.act(ADA, room, "m.room.name", {"name": "Dinner"}, "")
        async with office.store.read() as tx:
            record = await tx.rooms.load(room)
        assert record is not None
        assert record.name == "Dinner"

    async def test_nobody_takes_the_bridge_out_again(self, office: Office) -> None:
        room = office.homeserver.make_room(ADA, AMY)
        await office.settle()
        with pytest.raises(MatrixRefused, match="NOT_PERMITTED"):
            await office.act(ADA, room, "m.room.member", {"membership": "leave"}, BOT)

    async def test_a_room_that_is_gone_by_then_holds_nothing_up(self, office: Office) -> None:
        room = office.homeserver.make_room(ADA, AMY)
        events = office.homeserver.take()
        del office.homeserver.rooms[room]
        await office.intake.receive(events)
        await office.settle()
        async with office.store.read() as tx:
            assert await tx.outbox.backlog() == (0, 0)
