"""No guest is ever alone: refused at once, then replaced, then let go (rule G3)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bridge.ports import IssueChanged, IssueRecord, Profile, Words
from policies.issue import Conclusion, Status, WaitingOn
from policies.names import ISSUE_STATE, Role, RoomId, Tier
from policies.relief import BACK_IN_LOBBY
from policies.rooms import Membership
from tests.bridge.desk.office import GINA, Office, principal, user
from tests.fakes.homeserver import BOT

EVERYBODY_ELSE = ("amy", "ben", "sam")
MINUTE = timedelta(minutes=1)


def last_told(office: Office, room: RoomId | None) -> str:
    assert room is not None
    return next(body for sender, body in reversed(office.homeserver.bodies(room)) if sender == BOT)


async def again(office: Office, record: IssueRecord) -> IssueRecord:
    return await office.record(record.issue.id)


class TestTheLastOneLeaves:
    async def test_they_are_refused_replaced_and_then_let_go(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert not await office.leave(user("ada"), record.issue.guest_room)
        assert office.joined(record.issue.guest_room) == {BOT, user("ada"), user("amy"), GINA.user_id}
        assert user("amy") in office.joined(record.issue.staff_room)
        assert (await again(office, record)).issue.assignee == user("amy")
        assert last_told(office, record.issue.staff_room).endswith("@ada:test may leave now.")
        assert await office.leave(user("ada"), record.issue.guest_room)

    async def test_who_may_leave_is_notified_of_it(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.leave(user("ada"), record.issue.guest_room)
        told = office.homeserver.messages(RoomId(str(record.issue.staff_room)))[-1]
        assert user("ada") in told.content["m.mentions"]["user_ids"]

    async def test_both_rooms_give_the_newcomer_power_and_say_who_answers(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.leave(user("ada"), record.issue.guest_room)
        assert record.issue.guest_room is not None
        assert record.issue.staff_room is not None
        state = office.homeserver.rooms[record.issue.guest_room].state
        assert state["m.room.power_levels", ""].content["users"][user("amy")] == 50
        staff_side = office.homeserver.rooms[record.issue.staff_room].state[ISSUE_STATE, ""].content
        assert staff_side["assignee"] == user("amy")

    async def test_the_guest_is_told_nothing_of_it_but_who_came(self, office: Office) -> None:
        record = await office.claimed_issue()
        before = len(office.homeserver.messages(RoomId(str(record.issue.guest_room))))
        await office.leave(user("ada"), record.issue.guest_room)
        assert len(office.homeserver.messages(RoomId(str(record.issue.guest_room)))) == before

    async def test_the_same_tier_is_asked_first_then_up_then_supervisors(self, office: Office) -> None:
        for off, expected in ((), "amy"), (("amy",), "ben"), (("amy", "ben"), "sam"):
            await office.off_duty(*off)
            record = await office.claimed_issue()
            await office.leave(user("ada"), record.issue.guest_room)
            assert (await again(office, record)).issue.assignee == user(expected)

    async def test_who_has_less_to_do_is_asked_first(self, office: Office) -> None:
        other = await office.open_issue()
        await office.desk.claim(user("amy"), other.issue.id)
        record = await office.claimed_issue()
        async with office.store.write() as tx:
            await tx.principals.add(principal("abe", Role.EMPLOYEE, Tier.T1), Profile("Abe"), None, office.clock.now())
        await office.founding.found()
        await office.leave(user("ada"), record.issue.guest_room)
        assert (await again(office, record)).issue.assignee == user("abe")

    async def test_a_candidate_who_does_not_come_gives_way_to_the_next(self, office: Office) -> None:
        record = await office.claimed_issue()
        office.homeserver.absent.add(user("amy"))
        await office.leave(user("ada"), record.issue.guest_room)
        assert (await again(office, record)).issue.assignee == user("ben")

    async def test_a_colleague_who_comes_by_themselves_ends_the_search(self, office: Office) -> None:
        await office.off_duty(*EVERYBODY_ELSE)
        record = await office.claimed_issue()
        with pytest.raises(AssertionError, match="rest"):
            await _press_leave(office, record, rounds=5)
        room = RoomId(str(record.issue.guest_room))
        office.homeserver.act(user("ada"), room, "m.room.member", {"membership": "invite"}, user("ben"))
        office.homeserver.act(user("ben"), room, "m.room.member", {"membership": "join"}, user("ben"))
        await office.settle()
        assert (await again(office, record)).issue.assignee == user("ben")
        assert (await again(office, record)).issue.status is Status.OPEN
        assert last_told(office, record.issue.staff_room).endswith("@ada:test may leave now.")

    async def test_one_who_comes_on_duty_while_it_lasts_is_found(self, office: Office) -> None:
        await office.off_duty(*EVERYBODY_ELSE)
        record = await office.claimed_issue()
        with pytest.raises(AssertionError, match="rest"):
            await _press_leave(office, record, rounds=5)
        async with office.store.write() as tx:
            await tx.duties.set(user("sam"), on_duty=True)
        await office.settle()
        assert (await again(office, record)).issue.assignee == user("sam")

    async def test_a_kick_of_the_last_one_is_refused_and_they_are_replaced(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.act(BOT, record.issue.staff_room, "m.room.message", {"body": "x"})
        with pytest.raises(Exception, match="GUEST_ALONE"):
            office.homeserver.act(
                BOT, RoomId(str(record.issue.guest_room)), "m.room.member", {"membership": "leave"}, user("ada")
            )
        await office.settle()
        assert (await again(office, record)).issue.assignee == user("amy")
        assert last_told(office, record.issue.staff_room).endswith("@ada:test may leave now.")

    async def test_pressing_again_and_again_brings_one_replacement(self, office: Office) -> None:
        record = await office.claimed_issue()
        for _ in range(3):
            with pytest.raises(Exception, match="GUEST_ALONE"):
                office.homeserver.act(
                    user("ada"),
                    RoomId(str(record.issue.guest_room)),
                    "m.room.member",
                    {"membership": "leave"},
                    user("ada"),
                )
        await office.settle()
        assert office.joined(record.issue.guest_room) == {BOT, user("ada"), user("amy"), GINA.user_id}

    async def test_of_the_last_two_who_leave_at_once_one_stays_until_replaced(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.hand_over(user("ada"), record.issue.id, user("amy"))
        await office.settle()
        await asyncio.gather(*(office.leave(user(who), record.issue.guest_room) for who in ("ada", "amy")))
        present = office.joined(record.issue.guest_room) - {BOT, GINA.user_id}
        assert (await again(office, record)).issue.assignee in present
        assert user("ben") in present or user("ada") in present

    async def test_a_report_that_nobody_but_the_module_wrote_does_nothing(self, office: Office) -> None:
        record = await office.claimed_issue()
        content = {"room": record.issue.guest_room, "actor": user("ada"), "rule": "G3", "code": "CHAPERONE_GUEST_ALONE"}
        await office.act(BOT, record.issue.staff_room, "chat.chaperone.refused", content)
        assert office.joined(record.issue.guest_room) == {BOT, user("ada"), GINA.user_id}


class TestNobodyIsFound:
    async def returned(self, office: Office) -> IssueRecord:
        await office.off_duty(*EVERYBODY_ELSE)
        record = await office.claimed_issue()
        await office.say(GINA.user_id, record.issue.guest_room, "Are you there?")
        assert not await office.leave(user("ada"), record.issue.guest_room)
        return await again(office, record)

    async def test_the_guest_is_kindly_told_and_back_in_the_lobby(self, office: Office) -> None:
        record = await self.returned(office)
        assert (record.issue.status, record.issue.assignee) == (Status.QUEUED, None)
        assert GINA.user_id not in office.joined(record.issue.guest_room)
        assert last_told(office, record.issue.guest_room) == BACK_IN_LOBBY

    async def test_and_then_the_last_one_may_leave_and_is_told_so(self, office: Office) -> None:
        record = await self.returned(office)
        assert last_told(office, record.issue.staff_room).endswith("@ada:test may leave now.")
        assert await office.leave(user("ada"), record.issue.guest_room)

    async def test_the_guest_is_told_before_they_are_out(self, office: Office) -> None:
        record = await self.returned(office)
        events = office.events(record.issue.guest_room)
        told = next(n for n, e in enumerate(events) if e.content.get("body") == BACK_IN_LOBBY)
        out = next(n for n, e in enumerate(events) if e.content.get("membership") == "leave")
        assert told < out

    async def test_it_takes_as_long_as_the_settings_say(self, office: Office) -> None:
        began = office.clock.now()
        await self.returned(office)
        assert MINUTE <= office.clock.now() - began < 2 * MINUTE

    async def test_the_issue_is_first_in_line(self, office: Office) -> None:
        others = [await office.open_issue() for _ in range(2)]
        await self.returned(office)
        async with office.store.read() as tx:
            queue = [record.issue.id for record in await tx.issues.queued(Tier.T1)]
        assert queue[1:] == [other.issue.id for other in others]
        assert all(IssueChanged(other.issue.id) in office.notices.heard for other in others)

    async def test_both_rooms_and_the_card_say_that_it_waits(self, office: Office) -> None:
        record = await self.returned(office)
        for room in (record.issue.guest_room, record.issue.staff_room):
            issue = office.homeserver.facts(RoomId(str(room))).issue
            assert issue is not None
            assert issue.status is Status.QUEUED
        card = office.homeserver.messages(office.queue())[-1]
        assert "waits since" in card.content["body"]
        assert (await again(office, record)).card == card.event_id

    async def test_what_the_guest_writes_now_is_kept_and_posted_when_somebody_claims(self, office: Office) -> None:
        record = await self.returned(office)
        room = str(record.issue.guest_room)
        for place, body in ((room, "in the room"), (f"lobby:{record.issue.id}", "in the lobby")):
            assert isinstance(await office.desk.write(GINA, place, body, body), Words)
        await office.settle()
        await office.desk.claim(user("amy"), record.issue.id)
        await office.settle()
        assert [body for _, body in office.homeserver.bodies(RoomId(room))][-2:] == ["in the room", "in the lobby"]

    async def test_the_next_claim_uses_the_same_rooms(self, office: Office) -> None:
        before = await self.returned(office)
        rooms = set(office.homeserver.rooms)
        await office.desk.claim(user("amy"), before.issue.id)
        await office.settle()
        after = await again(office, before)
        assert set(office.homeserver.rooms) == rooms
        assert (after.issue.guest_room, after.issue.staff_room) == (before.issue.guest_room, before.issue.staff_room)
        assert {user("amy"), GINA.user_id} <= office.joined(after.issue.guest_room)
        facts = office.homeserver.facts(RoomId(str(after.issue.guest_room)))
        assert facts.issue is not None
        assert facts.issue.status is Status.OPEN
        assert (
            office.homeserver.rooms[RoomId(str(after.issue.guest_room))]
            .state["m.room.power_levels", ""]
            .content["users"][user("amy")]
            == 50
        )

    async def test_who_claims_in_the_moment_the_time_is_over_has_the_guest_back(self, office: Office) -> None:
        await office.off_duty(*EVERYBODY_ELSE)
        record = await office.claimed_issue()
        with pytest.raises(AssertionError, match="rest"):
            await _press_leave(office, record, rounds=5)
        office.clock.advance(MINUTE)
        await office.timers.act_on_due()  # decided, and nothing of it done yet
        outcome = await office.desk.claim(user("amy"), record.issue.id)
        assert isinstance(outcome, IssueRecord)
        await office.settle()
        assert {user("amy"), GINA.user_id} <= office.joined(record.issue.guest_room)

    async def test_nobody_is_looked_for_once_the_issue_is_concluded(self, office: Office) -> None:
        await office.off_duty(*EVERYBODY_ELSE)
        record = await office.claimed_issue()
        with pytest.raises(AssertionError, match="rest"):
            await _press_leave(office, record, rounds=5)
        await office.desk.conclude(user("ada"), record.issue.id, Conclusion.RESOLVED, "")
        await office.wait(2 * MINUTE)
        assert (await again(office, record)).issue.status is Status.CONCLUDED
        assert GINA.user_id in office.joined(record.issue.guest_room)


class TestSilence:
    LONG = timedelta(minutes=11)

    async def test_an_assignee_who_does_not_answer_is_replaced(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.wait(self.LONG)
        assert (await again(office, record)).issue.assignee == user("amy")
        assert user("ada") in office.joined(record.issue.guest_room)
        assert "@ada:test has not answered" in last_told(office, record.issue.staff_room)

    async def test_one_who_answered_is_not(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.say(user("ada"), record.issue.guest_room, "Which file?")
        await office.wait(self.LONG)
        assert (await again(office, record)).issue.assignee == user("ada")

    async def test_to_share_an_answer_is_to_answer(self, office: Office) -> None:
        record = await office.claimed_issue()
        answer = await office.answer(record.issue.staff_room)
        await office.desk.share(user("ada"), record.issue.id, answer, None)
        await office.settle()
        assert (await again(office, record)).issue.waiting_on is WaitingOn.GUEST
        await office.wait(self.LONG)
        assert (await again(office, record)).issue.assignee == user("ada")

    async def test_the_time_runs_from_the_guests_first_unanswered_words(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.say(user("ada"), record.issue.guest_room, "Which file?")
        await office.wait(self.LONG)
        for _ in range(3):
            await office.say(GINA.user_id, record.issue.guest_room, "All of them.")
            await office.wait(timedelta(minutes=4))
        assert (await again(office, record)).issue.assignee == user("amy")

    async def test_a_colleague_who_is_there_already_takes_over(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.hand_over(user("ada"), record.issue.id, user("sam"))
        await office.settle()
        await office.wait(self.LONG)
        assert (await again(office, record)).issue.assignee == user("ada")

    async def test_where_nobody_else_is_free_the_guest_stays_and_the_assignee_is_asked_again(
        self, office: Office
    ) -> None:
        await office.off_duty(*EVERYBODY_ELSE)
        record = await office.claimed_issue()
        await office.wait(self.LONG)
        assert "Please answer them" in last_told(office, record.issue.staff_room)
        assert (await again(office, record)).issue.assignee == user("ada")
        assert GINA.user_id in office.joined(record.issue.guest_room)
        told = len(office.homeserver.messages(RoomId(str(record.issue.staff_room))))
        await office.wait(self.LONG + MINUTE)
        assert len(office.homeserver.messages(RoomId(str(record.issue.staff_room)))) > told

    async def test_an_answer_during_the_search_ends_it(self, office: Office) -> None:
        await office.off_duty(*EVERYBODY_ELSE)
        record = await office.claimed_issue()
        office.clock.advance(self.LONG)
        with pytest.raises(AssertionError, match="rest"):
            await office.settle(rounds=5)
        await office.say(user("ada"), record.issue.guest_room, "Here I am.")
        assert "Please answer them" not in last_told(office, record.issue.staff_room)

    async def test_silence_that_turns_into_leaving_is_given_the_whole_time(self, office: Office) -> None:
        await office.off_duty(*EVERYBODY_ELSE)
        record = await office.claimed_issue()
        office.clock.advance(self.LONG)
        with pytest.raises(AssertionError, match="rest"):
            await office.settle(rounds=5)
        pressed = office.clock.now()
        assert not await office.leave(user("ada"), record.issue.guest_room)
        assert (await again(office, record)).issue.status is Status.QUEUED
        assert office.clock.now() - pressed >= MINUTE


class TestAnAssigneeIsGone:
    async def test_where_a_colleague_is_there_they_answer_for_it(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.hand_over(user("ada"), record.issue.id, user("amy"))
        await office.settle()
        assert await office.leave(user("amy"), record.issue.guest_room)
        assert (await again(office, record)).issue.assignee == user("ada")

    async def test_who_leaves_the_staff_room_only_is_replaced_too(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert await office.leave(user("ada"), record.issue.staff_room)
        assert (await again(office, record)).issue.assignee == user("amy")

    async def test_where_the_guest_left_first_somebody_still_answers_for_the_issue(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert await office.leave(GINA.user_id, record.issue.guest_room)
        assert await office.leave(user("ada"), record.issue.guest_room)
        assert (await again(office, record)).issue.assignee == user("amy")

    async def test_or_it_is_queued_again(self, office: Office) -> None:
        await office.off_duty(*EVERYBODY_ELSE)
        record = await office.claimed_issue()
        assert await office.leave(GINA.user_id, record.issue.guest_room)
        assert await office.leave(user("ada"), record.issue.guest_room)
        after = await again(office, record)
        assert after.issue.status is Status.QUEUED
        assert (
            office.homeserver.facts(RoomId(str(after.issue.guest_room))).membership_of(GINA.user_id) is Membership.LEAVE
        )


class TestTheBridgeWasDown:
    async def test_what_was_refused_meanwhile_is_acted_on_afterwards(self, office: Office) -> None:
        record = await office.claimed_issue()
        for _ in range(2):  # nothing is taken in: the homeserver keeps its transactions
            with pytest.raises(Exception, match="GUEST_ALONE"):
                office.homeserver.act(
                    user("ada"),
                    RoomId(str(record.issue.guest_room)),
                    "m.room.member",
                    {"membership": "leave"},
                    user("ada"),
                )
        office.clock.advance(timedelta(hours=2))
        await office.settle()
        assert (await again(office, record)).issue.assignee == user("amy")

    async def test_a_search_goes_on_where_it_was(self, office: Office) -> None:
        await office.off_duty(*EVERYBODY_ELSE)
        record = await office.claimed_issue()
        with pytest.raises(AssertionError, match="rest"):
            await _press_leave(office, record, rounds=5)
        office.__post_init__()  # everything that was in memory is new
        await office.wait(2 * MINUTE)
        assert (await again(office, record)).issue.status is Status.QUEUED


async def _press_leave(office: Office, record: IssueRecord, rounds: int) -> None:
    room = RoomId(str(record.issue.guest_room))
    with pytest.raises(Exception, match="GUEST_ALONE"):
        office.homeserver.act(user("ada"), room, "m.room.member", {"membership": "leave"}, user("ada"))
    await office.settle(rounds)
