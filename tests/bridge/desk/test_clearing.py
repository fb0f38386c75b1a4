"""Some time after the end nobody is in an issue's rooms, everybody can read on, and a reopening brings them back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.desk.lobby import lobby_of
from bridge.desk.timeline import Timeline
from bridge.ports import IssueRecord, Words
from policies.issue import Conclusion, Status
from policies.names import Code, RoomId, UserId
from policies.outcomes import Refuse
from policies.rooms import Membership
from tests.bridge.desk.office import GINA, ROBOT, STAFF, Office, user
from tests.fakes.homeserver import BOT

HOUR = timedelta(hours=1)
ADA = STAFF[0]


async def ended(office: Office) -> IssueRecord:
    record = await office.claimed_issue()
    await office.say(user("ada"), record.issue.guest_room, "It is repaired.")
    await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "")
    await office.settle()
    return await office.record(record.issue.id)


def leaves(office: Office, room: RoomId | None) -> list[UserId]:
    return [
        UserId(str(event.state_key))
        for event in office.events(room)
        if event.type == "m.room.member" and event.content["membership"] == Membership.LEAVE
    ]


class TestClearing:
    async def test_until_then_everybody_stays(self, office: Office) -> None:
        record = await ended(office)
        await office.wait(23 * HOUR)
        assert office.joined(record.issue.guest_room) == {BOT, user("ada"), GINA.user_id}

    async def test_the_guest_goes_first_then_staff_then_robots(self, office: Office) -> None:
        record = await ended(office)
        await office.wait(25 * HOUR)
        assert leaves(office, record.issue.guest_room) == [GINA.user_id, user("ada")]
        assert leaves(office, record.issue.staff_room) == [user("ada"), ROBOT]
        assert office.joined(record.issue.guest_room) == office.joined(record.issue.staff_room) == {BOT}

    async def test_it_is_the_same_when_the_bridge_was_down_at_that_time(self, office: Office) -> None:
        record = await ended(office)
        office.homeserver.is_away = True
        office.clock.advance(25 * HOUR)
        await office.timers.act_on_due()
        with pytest.raises(AssertionError, match="rest"):
            await office.settle(rounds=5)
        office.homeserver.is_away = False
        await office.settle()
        assert office.joined(record.issue.guest_room) == {BOT}

    async def test_what_goes_on_by_then_is_left_alone(self, office: Office) -> None:
        record = await ended(office)
        await office.desk.reopen(GINA, record.issue.id, "It fails again.")
        await office.wait(25 * HOUR)
        assert GINA.user_id in office.joined(record.issue.guest_room)

    async def test_an_issue_that_never_had_rooms_has_nobody_in_them(self, office: Office) -> None:
        record = await office.open_issue()
        await office.desk.conclude(user("ada"), record.issue.id, Conclusion.UNRESOLVED, "")
        await office.wait(25 * HOUR)
        async with office.store.read() as tx:
            assert await tx.outbox.backlog() == (0, 0)

    @pytest.mark.parametrize("reader", [GINA, ADA], ids=["guest", "employee"])
    async def test_what_was_said_can_be_read_afterwards(self, office: Office, reader: object) -> None:
        record = await ended(office)
        await office.wait(25 * HOUR)
        history = await Timeline(office.store).load_history(reader, str(record.issue.guest_room), None, 50)  # type: ignore[arg-type]  # a parameter of pytest's
        assert "It is repaired." in [event.content.get("body") for event in history.events]
        assert not history.goes_on

    async def test_the_staff_room_can_be_read_by_whoever_was_there(self, office: Office) -> None:
        record = await ended(office)
        await office.wait(25 * HOUR)
        assert await Timeline(office.store).may_read(ADA, str(record.issue.staff_room)) is not None
        assert await Timeline(office.store).may_read(GINA, str(record.issue.staff_room)) is None


class TestReopeningAfterwards:
    async def test_the_assignee_comes_back_first_and_the_guest_second(self, office: Office) -> None:
        record = await ended(office)
        await office.wait(25 * HOUR)
        before = len(office.events(record.issue.guest_room))
        await office.desk.reopen(GINA, record.issue.id, "It fails again.")
        await office.settle()
        came = [
            event.state_key
            for event in office.events(record.issue.guest_room)[before:]
            if event.type == "m.room.member" and event.content["membership"] == Membership.JOIN
        ]
        assert came == [user("ada"), GINA.user_id]
        assert office.joined(record.issue.staff_room) == {BOT, user("ada"), ROBOT}
        again = await office.record(record.issue.id)
        assert (again.issue.status, again.issue.assignee, again.issue.epoch) == (Status.OPEN, user("ada"), 2)
        assert office.homeserver.bodies(RoomId(str(record.issue.guest_room)))[-1] == (GINA.user_id, "It fails again.")

    async def test_by_staff_it_is_the_same(self, office: Office) -> None:
        record = await ended(office)
        await office.wait(25 * HOUR)
        await office.desk.reopen(STAFF[1], record.issue.id, None)
        await office.settle()
        assert office.joined(record.issue.guest_room) == {BOT, user("ada"), GINA.user_id}

    async def test_an_assignee_who_is_off_duty_is_not_fetched(self, office: Office) -> None:
        record = await ended(office)
        await office.wait(25 * HOUR)
        await office.off_duty("ada")
        await office.desk.reopen(GINA, record.issue.id, "It fails again.")
        await office.settle()
        assert (await office.record(record.issue.id)).issue.status is Status.QUEUED
        await office.desk.claim(user("amy"), record.issue.id)
        await office.settle()
        assert office.joined(record.issue.guest_room) == {BOT, user("amy"), GINA.user_id}

    async def test_by_a_command_in_the_queue_room_it_is_the_same(self, office: Office) -> None:
        record = await ended(office)
        await office.wait(25 * HOUR)
        await office.say(user("amy"), office.queue(), f"!reopen {record.issue.id}")
        assert office.joined(record.issue.guest_room) == {BOT, user("ada"), GINA.user_id}


class TestWritingAfterwards:
    @pytest.mark.parametrize("place", ["room", "lobby"])
    async def test_a_guest_who_was_taken_out_is_told_that_they_may_reopen(self, office: Office, place: str) -> None:
        record = await ended(office)
        await office.wait(25 * HOUR)
        where = str(record.issue.guest_room) if place == "room" else lobby_of(record.issue.id)
        outcome = await office.desk.write(GINA, where, "t1", "One more thing.")
        assert isinstance(outcome, Refuse)
        assert outcome.code is Code.ISSUE_CONCLUDED

    async def test_who_only_fell_silent_goes_on_by_writing(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.conclude(user("ada"), record.issue.id, Conclusion.GUEST_DISENGAGED, "")
        await office.wait(25 * HOUR)
        assert isinstance(await office.desk.write(GINA, str(record.issue.guest_room), "t1", "I am back."), Words)
        await office.settle()
        assert (await office.record(record.issue.id)).issue.status is Status.OPEN
        assert office.homeserver.bodies(RoomId(str(record.issue.guest_room)))[-1] == (GINA.user_id, "I am back.")


class TestCrashes:
    """The answer to one request is lost, whichever; what was done is not done twice, and nothing is left undone."""

    @pytest.mark.parametrize("cut", range(6))
    async def test_clearing_goes_on_where_it_was_cut_off(self, office: Office, cut: int) -> None:
        record = await ended(office)
        office.clock.advance(25 * HOUR)
        await office.timers.act_on_due()
        office.homeserver.cut_after = cut
        await office.settle()
        office.homeserver.cut_after = None
        assert office.joined(record.issue.guest_room) == office.joined(record.issue.staff_room) == {BOT}
        assert leaves(office, record.issue.guest_room) == [GINA.user_id, user("ada")]

    @pytest.mark.parametrize("cut", range(0, 12, 3))
    async def test_bringing_back_goes_on_where_it_was_cut_off(self, office: Office, cut: int) -> None:
        record = await ended(office)
        await office.wait(25 * HOUR)
        await office.desk.reopen(GINA, record.issue.id, "It fails again.")
        office.homeserver.cut_after = cut
        await office.settle()
        office.homeserver.cut_after = None
        assert office.joined(record.issue.guest_room) == {BOT, user("ada"), GINA.user_id}
        bodies = [body for _, body in office.homeserver.bodies(RoomId(str(record.issue.guest_room)))]
        assert bodies.count("It fails again.") == 1
