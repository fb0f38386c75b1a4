"""Escalation, from the first tap until the old assignee has gone, in place and to a new room."""

from __future__ import annotations

import asyncio

import pytest

from bridge.desk.profiles import lane_of_person
from bridge.desk.timeline import person_of
from bridge.errors import HomeserverAway
from bridge.ports import IssueRecord, PrincipalId, Profile, Words
from policies.changes import decide_on_coming
from policies.escalation import GOES_ON, GOES_ON_FOR_GROUPS, Mode
from policies.issue import Conclusion, Status, WaitingOn, Wanted
from policies.names import ISSUE_STATE, Code, EventId, IssueId, Role, RoomId, Tier, UserId
from policies.outcomes import Refuse
from policies.policy_server import PolicyServer
from policies.rooms import Membership
from tests.bridge.desk.office import GINA, ROBOT, Office, principal, user
from tests.fakes.homeserver import SERVER

ADA, BEN, CLEO, SAM = (user(name) for name in ("ada", "ben", "cleo", "sam"))


async def hire(office: Office, localpart: str, role: Role, tier: Tier | None) -> UserId:
    one = principal(localpart, role, tier)
    async with office.store.write() as tx:
        await tx.principals.add(one, Profile(localpart.title()), None, office.clock.now())
    async with office.place.begin() as work:
        await work.decide(lane_of_person(one.user_id), decide_on_coming(person_of(one)))
    await office.settle()
    return one.user_id


def refusal(outcome: object) -> Refuse:
    assert isinstance(outcome, Refuse)
    return outcome


def state(office: Office, room: RoomId | None) -> dict[str, object]:
    assert room is not None
    return dict(office.homeserver.rooms[room].state[ISSUE_STATE, ""].content)


def said(office: Office, room: RoomId | None) -> list[str]:
    assert room is not None
    return [body for _, body in office.homeserver.bodies(room)]


def muted(office: Office, room: RoomId | None, who: UserId = GINA.user_id) -> bool:
    assert room is not None
    users = office.homeserver.rooms[room].state["m.room.power_levels", ""].content["users"]
    return bool(users.get(who) == -1)


async def escalated(office: Office, mode: Mode = Mode.IN_PLACE) -> tuple[IssueRecord, IssueRecord]:
    """The issue as it was escalated, and the one that goes on: itself, or its child."""
    record = await office.claimed_issue()
    assert isinstance(await office.desk.escalate(ADA, record.issue.id, mode, "too hard", "see field 7"), IssueRecord)
    await office.settle()
    before = await office.record(record.issue.id)
    return before, await office.record(before.issue.child or before.issue.id)


class TestInPlace:
    async def test_the_next_tier_is_joined_to_both_rooms_and_the_old_assignee_still_answers(
        self, office: Office
    ) -> None:
        _, now = await escalated(office)
        assert (now.issue.tier, now.issue.assignee, now.issue.wanted) == (Tier.T2, ADA, Wanted.TIER)
        for room in (now.issue.guest_room, now.issue.staff_room):
            assert {ADA, BEN} <= office.joined(room)
        assert state(office, now.issue.staff_room)["wanted"] == "tier"
        assert "wanted" not in state(office, now.issue.guest_room)

    async def test_the_staff_room_gets_a_capsule_and_the_guest_hears_of_a_colleague(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.answer(record.issue.staff_room, "Field 7 is missing.")
        await office.answer(record.issue.staff_room, "Looking …", state="progress")
        await office.say(ADA, record.issue.guest_room, "Which form?")
        await office.desk.write(GINA, str(record.issue.guest_room), "t1", "The blue one.")
        await office.settle()
        await office.desk.escalate(ADA, record.issue.id, Mode.IN_PLACE, "too hard", "ask for the log")
        await office.settle()
        assert record.issue.staff_room is not None
        [capsule] = [
            event.content
            for event in office.homeserver.messages(record.issue.staff_room)
            if "Observations so far" in event.content["body"]
        ]
        facts, observations, questions = (capsule["body"].split("\n\n")[n] for n in (1, 2, 3))
        for fact in ("Guest-Gina", "too hard", "ask for the log", "2030-01-07"):
            assert fact in facts
        assert "Field 7 is missing." in observations
        assert "Looking" not in observations
        assert "The blue one." in questions
        assert "It says 500." not in questions, "that was answered"
        assert capsule["m.mentions"] == {"user_ids": [BEN]}
        assert "A colleague" in said(office, record.issue.guest_room)[-1]

    async def test_the_new_one_takes_over_with_their_first_word_to_the_guest_and_the_old_one_may_go(
        self, office: Office
    ) -> None:
        _, now = await escalated(office)
        await office.say(BEN, now.issue.staff_room, "let me see")
        assert (await office.record(now.issue.id)).issue.assignee == ADA
        await office.say(BEN, now.issue.guest_room, "Hello, I am Ben.")
        after = (await office.record(now.issue.id)).issue
        assert (after.assignee, after.wanted, after.waiting_on) == (BEN, None, WaitingOn.GUEST)
        assert f"{ADA} may leave now" in said(office, now.issue.staff_room)[-1]
        assert await office.leave(ADA, now.issue.guest_room)
        assert (await office.record(now.issue.id)).issue.assignee == BEN

    async def test_before_that_the_old_one_may_leave_only_because_the_new_one_is_there(self, office: Office) -> None:
        _, now = await escalated(office)
        assert await office.leave(ADA, now.issue.guest_room)
        assert (await office.record(now.issue.id)).issue.assignee == BEN
        assert GINA.user_id in office.joined(now.issue.guest_room)

    async def test_of_two_who_claim_it_one_gets_it_and_the_other_is_told_who(self, office: Office) -> None:
        await hire(office, "bea", Role.EMPLOYEE, Tier.T2)
        _, now = await escalated(office)
        outcomes = await asyncio.gather(
            *(office.desk.claim(who, now.issue.id) for who in (BEN, user("bea"))),
        )
        [lost] = [one for one in outcomes if isinstance(one, Refuse)]
        [won] = [one for one in outcomes if isinstance(one, IssueRecord)]
        assert lost.code is Code.ALREADY_CLAIMED
        await office.settle()
        after = (await office.record(now.issue.id)).issue
        assert (after.assignee, after.wanted) == (won.issue.assignee, None)

    async def test_the_same_tier_does_not_claim_it(self, office: Office) -> None:
        _, now = await escalated(office)
        assert refusal(await office.desk.claim(user("amy"), now.issue.id)).code is Code.WRONG_TIER

    async def test_the_card_moves_to_the_next_tiers_queue_and_is_claimed_there_by_one_tap(self, office: Office) -> None:
        record = await office.claimed_issue()
        old = record.card
        await office.desk.escalate(ADA, record.issue.id, Mode.IN_PLACE, "too hard")
        await office.settle()
        now = await office.record(record.issue.id)
        assert now.card != old
        card = office.homeserver.messages(office.queue(Tier.T2))[-1]
        assert (card.event_id, "waits for T2" in card.content["body"]) == (now.card, True)
        gone = [event.content["redacts"] for event in office.events(office.queue()) if event.type == "m.room.redaction"]
        assert gone == [old]
        await office.tap(BEN, office.queue(Tier.T2), now.card, "✋")
        assert (await office.record(record.issue.id)).issue.assignee == BEN

    async def test_it_is_claimed_by_command_in_the_queue_room_too(self, office: Office) -> None:
        _, now = await escalated(office)
        await office.say(user("amy"), office.queue(), "!claim")
        assert said(office, office.queue())[-1] == "Nobody waits here."
        await office.say(BEN, office.queue(Tier.T2), "!claim")
        assert (await office.record(now.issue.id)).issue.assignee == BEN

    async def test_a_card_that_we_never_hear_of_is_posted_anew(self, office: Office) -> None:
        record = await office.claimed_issue()
        async with office.store.write() as tx:
            await tx.issues.save_cards(record.issue.id, card=EventId("$lost"))
        await office.desk.escalate(ADA, record.issue.id, Mode.IN_PLACE, "too hard")
        await office.settle()
        newest = office.homeserver.messages(office.queue(Tier.T2))[-1]
        assert (await office.record(record.issue.id)).card == newest.event_id

    async def test_it_is_escalated_once_however_many_tap(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.tap(ADA, record.issue.staff_room, record.desk_card, "⬆️")
        await office.tap(ADA, record.issue.staff_room, record.desk_card, "⬆")
        after = (await office.record(record.issue.id)).issue
        assert after.tier is Tier.T2
        assert "already" in said(office, record.issue.staff_room)[-1]

    async def test_the_tap_is_there_beforehand(self, office: Office) -> None:
        record = await office.claimed_issue()
        taps = [
            event.content["m.relates_to"]["key"]
            for event in office.events(record.issue.staff_room)
            if event.type == "m.reaction" and event.content["m.relates_to"]["event_id"] == record.desk_card
        ]
        assert taps == ["✅", "⬆️"]

    async def test_by_command_with_a_reason_and_without_one(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.say(ADA, record.issue.staff_room, "!escalate")
        assert "and why" in said(office, record.issue.staff_room)[-1]
        await office.say(ADA, record.issue.staff_room, "!escalate the vendor has to look")
        assert (await office.record(record.issue.id)).issue.tier is Tier.T2
        assert any("the vendor has to look" in body for body in said(office, record.issue.staff_room))

    async def test_a_queued_issue_waits_in_the_next_queue(self, office: Office) -> None:
        record = await office.open_issue()
        other = await office.open_issue("Other")
        await office.desk.escalate(ADA, record.issue.id, Mode.IN_PLACE, "not ours")
        await office.settle()
        now = await office.record(record.issue.id)
        assert (now.issue.status, now.issue.tier) == (Status.QUEUED, Tier.T2)
        assert office.homeserver.messages(office.queue(Tier.T2))[-1].event_id == now.card
        async with office.store.read() as tx:
            assert await tx.issues.queue_position(other.issue.id) == 1
            assert await tx.issues.queue_position(record.issue.id) == 1
        outcome = await office.desk.escalate(SAM, record.issue.id, Mode.NEW_ROOM, "x")
        assert refusal(outcome).code is Code.ISSUE_NOT_OPEN

    async def test_concluded_before_anybody_took_it_it_waits_for_nobody(self, office: Office) -> None:
        _, now = await escalated(office)
        await office.desk.conclude(ADA, now.issue.id, Conclusion.RESOLVED, "found it after all")
        await office.settle()
        after = (await office.record(now.issue.id)).issue
        assert (after.status, after.conclusion, after.wanted) == (Status.CONCLUDED, Conclusion.RESOLVED, None)
        await office.say(BEN, now.issue.guest_room, "too late?")
        assert (await office.record(now.issue.id)).issue.assignee == ADA

    async def test_above_the_last_tier_a_supervisor_is_called_and_told(self, office: Office) -> None:
        await hire(office, "cleo", Role.EMPLOYEE, Tier.T3)
        _, now = await escalated(office)
        await office.say(BEN, now.issue.guest_room, "I am Ben.")
        await office.say(BEN, now.issue.staff_room, "!escalate beyond me")
        await office.say(CLEO, now.issue.guest_room, "I am Cleo.")
        await office.say(CLEO, now.issue.staff_room, "!escalate beyond all of us")
        after = (await office.record(now.issue.id)).issue
        assert (after.tier, after.wanted, after.assignee) == (Tier.T3, Wanted.SUPERVISOR, CLEO)
        assert SAM in office.joined(now.issue.guest_room)
        await office.say(CLEO, now.issue.staff_room, "!escalate once more")
        assert "as far as it can" in said(office, now.issue.staff_room)[-1]
        await office.say(SAM, now.issue.guest_room, "I am Sam.")
        assert (await office.record(now.issue.id)).issue.assignee == SAM

    async def test_where_nobody_of_the_next_tier_is_on_duty_those_above_are_called(self, office: Office) -> None:
        await office.off_duty("ben")
        _, now = await escalated(office)
        assert office.joined(now.issue.guest_room) & {BEN, SAM} == {SAM}

    async def test_somebody_who_does_not_come_holds_up_nobody(self, office: Office) -> None:
        record = await office.claimed_issue()
        office.homeserver.absent.add(BEN)
        await office.desk.escalate(ADA, record.issue.id, Mode.IN_PLACE, "too hard")
        with pytest.raises(AssertionError, match="does not come to rest"):
            await office.settle(rounds=60)
        await office.desk.write(GINA, str(record.issue.guest_room), "t1", "Hello?")
        with pytest.raises(AssertionError, match="does not come to rest"):
            await office.settle(rounds=60)
        assert said(office, record.issue.guest_room)[-1] == "Hello?"
        await office.desk.claim(SAM, record.issue.id)
        await office.settle()  # nobody is waited for any more

    async def test_a_handover_within_the_old_tier_leaves_it_waiting(self, office: Office) -> None:
        _, now = await escalated(office)
        await office.desk.hand_over(ADA, now.issue.id, user("amy"))
        await office.settle()
        after = (await office.record(now.issue.id)).issue
        assert (after.assignee, after.wanted) == (user("amy"), Wanted.TIER)
        await office.desk.hand_over(user("amy"), now.issue.id, BEN)
        assert (await office.record(now.issue.id)).issue.wanted is None


class TestDown:
    async def test_an_escalation_nobody_took_is_taken_back(self, office: Office) -> None:
        _, now = await escalated(office)
        await office.say(ADA, now.issue.staff_room, "!deescalate found it")
        after = (await office.record(now.issue.id)).issue
        assert (after.tier, after.assignee, after.wanted) == (Tier.T1, ADA, None)
        assert "found it" in said(office, now.issue.staff_room)[-1]
        await office.say(BEN, now.issue.guest_room, "may I?")
        assert (await office.record(now.issue.id)).issue.assignee == ADA

    async def test_once_taken_the_tier_below_is_called_in_and_takes_it_over(self, office: Office) -> None:
        _, now = await escalated(office)
        await office.say(BEN, now.issue.guest_room, "I am Ben.")
        await office.desk.deescalate(BEN, now.issue.id, "simple")
        await office.settle()
        after = (await office.record(now.issue.id)).issue
        assert (after.tier, after.assignee, after.wanted) == (Tier.T1, BEN, Wanted.TIER)
        assert user("amy") in office.joined(now.issue.guest_room)
        await office.say(user("amy"), now.issue.guest_room, "I am Amy.")
        assert (await office.record(now.issue.id)).issue.assignee == user("amy")

    async def test_there_is_nothing_below_the_first_tier(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert refusal(await office.desk.deescalate(ADA, record.issue.id)).code is Code.LOWEST_TIER


class TestToNewRoom:
    async def test_the_old_issue_ends_escalated_and_its_child_is_open_at_once(self, office: Office) -> None:
        parent, child = await escalated(office, Mode.NEW_ROOM)
        assert (parent.issue.status, parent.issue.conclusion) == (Status.CONCLUDED, Conclusion.ESCALATED)
        assert (child.issue.status, child.issue.tier, child.issue.assignee) == (Status.OPEN, Tier.T2, ADA)
        assert (child.issue.parent, parent.issue.child) == (parent.issue.id, child.issue.id)
        assert child.issue.wanted is Wanted.TIER
        async with office.store.read() as tx:
            [ending] = await tx.issues.endings(parent.issue.id)
        assert (ending.conclusion, ending.by, ending.note) == (Conclusion.ESCALATED, ADA, "too hard see field 7")

    async def test_both_are_linked_on_the_staffs_side_and_on_no_other(self, office: Office) -> None:
        parent, child = await escalated(office, Mode.NEW_ROOM)
        assert state(office, parent.issue.staff_room)["child"] == child.issue.id
        assert state(office, child.issue.staff_room)["parent"] == parent.issue.id
        for room in (parent.issue.guest_room, child.issue.guest_room):
            assert {"parent", "child", "wanted"}.isdisjoint(state(office, room))
        assert str(child.issue.staff_room) in said(office, parent.issue.staff_room)[-1]
        assert any(str(parent.issue.staff_room) in body for body in said(office, child.issue.staff_room))

    async def test_the_guest_is_never_without_the_employee(self, office: Office) -> None:
        parent, child = await escalated(office, Mode.NEW_ROOM)
        happened = [
            event.state_key
            for event in office.events(child.issue.guest_room)
            if event.type == "m.room.member" and event.content["membership"] == "join"
        ]
        assert happened.index(ADA) < happened.index(GINA.user_id)
        assert {ADA, GINA.user_id} <= office.joined(parent.issue.guest_room)
        assert {ADA, BEN, GINA.user_id} <= office.joined(child.issue.guest_room)

    async def test_in_the_old_room_the_guest_reads_and_is_told_that_it_goes_on(self, office: Office) -> None:
        parent, child = await escalated(office, Mode.NEW_ROOM)
        assert said(office, parent.issue.guest_room)[-1] == GOES_ON
        assert muted(office, parent.issue.guest_room)
        assert not muted(office, child.issue.guest_room)

    async def test_what_was_written_until_then_is_in_the_old_room_and_what_comes_after_in_the_new(
        self, office: Office
    ) -> None:
        record = await office.claimed_issue()
        room = str(record.issue.guest_room)
        await office.desk.write(GINA, room, "t1", "before")
        await office.desk.escalate(ADA, record.issue.id, Mode.NEW_ROOM, "too hard")
        for number, place in enumerate((room, f"lobby:{record.issue.id}")):
            assert isinstance(await office.desk.write(GINA, place, f"after{number}", f"after {number}"), Words)
        await office.settle()
        child = await office.record((await office.record(record.issue.id)).issue.child or IssueId(""))
        assert said(office, record.issue.guest_room)[-2:] == ["before", GOES_ON]
        assert said(office, child.issue.guest_room) == ["after 0", "after 1"]

    async def test_a_message_sent_before_and_again_after_is_one(self, office: Office) -> None:
        record = await office.claimed_issue()
        room = str(record.issue.guest_room)
        await office.desk.write(GINA, room, "t1", "Hello?")
        await office.desk.escalate(ADA, record.issue.id, Mode.NEW_ROOM, "too hard")
        await office.settle()
        child = await office.record((await office.record(record.issue.id)).issue.child or IssueId(""))
        for place in (room, f"lobby:{child.issue.id}", str(child.issue.guest_room)):
            assert isinstance(await office.desk.write(GINA, place, "t1", "Hello?"), Words)
        await office.settle()
        assert said(office, record.issue.guest_room).count("Hello?") == 1
        assert said(office, child.issue.guest_room) == []
        other = await office.desk.write(GINA, str(child.issue.guest_room), "t1", "Other")
        assert refusal(other).code is Code.TXN_REUSED

    async def test_what_the_guest_writes_by_themselves_into_the_old_room_is_said_in_the_new_one(
        self, office: Office
    ) -> None:
        record = await office.claimed_issue()
        await office.desk.escalate(ADA, record.issue.id, Mode.NEW_ROOM, "too hard")
        office.homeserver.act(GINA.user_id, RoomId(str(record.issue.guest_room)), "m.room.message", {"body": "Psst"})
        await office.settle()
        child = await office.record((await office.record(record.issue.id)).issue.child or IssueId(""))
        assert "Psst" in said(office, child.issue.guest_room)

    async def test_the_next_tier_takes_the_child_and_can_read_what_was_before(self, office: Office) -> None:
        parent, child = await escalated(office, Mode.NEW_ROOM)
        await office.desk.claim(BEN, child.issue.id)
        await office.settle()
        after = (await office.record(child.issue.id)).issue
        assert (after.assignee, after.wanted) == (BEN, None)
        assert BEN in office.joined(parent.issue.staff_room)
        assert BEN not in office.joined(parent.issue.guest_room)
        assert await office.leave(ADA, child.issue.guest_room)

    async def test_the_robots_are_in_its_staff_room(self, office: Office) -> None:
        _, child = await escalated(office, Mode.NEW_ROOM)
        assert ROBOT in office.joined(child.issue.staff_room)

    async def test_it_can_go_on_through_several(self, office: Office) -> None:
        await hire(office, "cleo", Role.EMPLOYEE, Tier.T3)
        first, second = await escalated(office, Mode.NEW_ROOM)
        await office.say(BEN, second.issue.guest_room, "I am Ben.")
        await office.say(BEN, second.issue.staff_room, "!escalate new beyond me")
        third = await office.record((await office.record(second.issue.id)).issue.child or IssueId(""))
        assert (third.issue.tier, third.issue.assignee) == (Tier.T3, BEN)
        await office.desk.write(GINA, str(first.issue.guest_room), "t1", "still there?")
        await office.settle()
        assert said(office, third.issue.guest_room)[-1] == "still there?"

    async def test_what_has_a_child_is_not_reopened_and_names_it(self, office: Office) -> None:
        parent, child = await escalated(office, Mode.NEW_ROOM)
        outcome = refusal(await office.desk.reopen(GINA, parent.issue.id, "again"))
        assert (outcome.code, outcome.facts["child"]) == (Code.ISSUE_CONCLUDED, child.issue.id)
        await office.desk.conclude(ADA, child.issue.id, Conclusion.RESOLVED, "")
        await office.settle()
        assert isinstance(await office.desk.reopen(GINA, child.issue.id, "again"), IssueRecord)

    async def test_a_group_moves_together(self, office: Office) -> None:
        otto = principal("guest-otto", Role.GUEST)
        async with office.store.write() as tx:
            await tx.principals.add(otto, Profile("Otto"), None, office.clock.now())
        record = await office.desk.open_issue(GINA, "Ours", "We have a question.", is_group=True)
        await office.settle()
        await office.desk.claim(ADA, record.issue.id)
        await office.desk.bring_guest(ADA, record.issue.id, otto.user_id)
        await office.settle()
        now = await office.record(record.issue.id)
        await office.desk.escalate(ADA, record.issue.id, Mode.NEW_ROOM, "too hard")
        await office.desk.write(otto, str(now.issue.guest_room), "t1", "I come along.")
        await office.settle()
        child = await office.record((await office.record(record.issue.id)).issue.child or IssueId(""))
        assert {GINA.user_id, otto.user_id, ADA} <= office.joined(child.issue.guest_room)
        assert said(office, child.issue.guest_room) == ["I come along."]

    async def test_a_guest_of_another_server_is_invited_and_told_so(self, office: Office) -> None:
        far = UserId("@eve:elsewhere")
        office.homeserver.policy_server = PolicyServer(SERVER, "key")
        record = await office.desk.open_issue(GINA, "Ours", "We have a question.", is_group=True)
        await office.settle()
        await office.desk.claim(ADA, record.issue.id)
        await office.settle()
        await office.desk.bring_guest(ADA, record.issue.id, far)
        await office.settle()
        old = (await office.record(record.issue.id)).issue.guest_room
        await office.act(far, old, "m.room.member", {"membership": "join"}, far)
        await office.desk.escalate(ADA, record.issue.id, Mode.NEW_ROOM, "too hard")
        await office.act(far, old, "m.room.message", {"msgtype": "m.text", "body": "Where are you?"})
        child = await office.record((await office.record(record.issue.id)).issue.child or IssueId(""))
        assert child.issue.everyone == (GINA.user_id, far)
        assert office.homeserver.facts(RoomId(str(child.issue.guest_room))).membership_of(far) is Membership.INVITE
        assert said(office, old)[-1] == GOES_ON_FOR_GROUPS
        assert any("Where are you?" in body for body in said(office, child.issue.staff_room))

    async def test_of_two_at_once_one_happens(self, office: Office) -> None:
        record = await office.claimed_issue()
        outcomes = await asyncio.gather(
            *(office.desk.escalate(ADA, record.issue.id, mode, "x") for mode in (Mode.NEW_ROOM, Mode.NEW_ROOM))
        )
        assert sum(isinstance(outcome, Refuse) for outcome in outcomes) == 1
        assert len(await office.issues()) == 2

    async def test_another_guest_knows_nothing_of_the_child(self, office: Office) -> None:
        _, child = await escalated(office, Mode.NEW_ROOM)
        stranger = principal("guest-otto", Role.GUEST)
        assert stranger.id == PrincipalId("guest-otto")
        for place in (str(child.issue.guest_room), f"lobby:{child.issue.id}"):
            with pytest.raises(Exception, match="room"):
                await office.desk.write(stranger, place, "t", "let me in")


class TestCrashes:
    @pytest.mark.parametrize("cut", range(0, 40, 3))
    @pytest.mark.parametrize("mode", Mode)
    async def test_wherever_it_is_cut_everything_happens_once(self, office: Office, mode: Mode, cut: int) -> None:
        record = await office.claimed_issue()
        rooms = len(office.homeserver.rooms)
        await office.desk.write(GINA, str(record.issue.guest_room), "t1", "before")
        await office.desk.escalate(ADA, record.issue.id, mode, "too hard")
        await office.desk.write(GINA, str(record.issue.guest_room), "t2", "after")
        office.homeserver.cut_after = cut
        try:
            await office.settle()
        except HomeserverAway:
            await office.settle()
        office.homeserver.cut_after = None
        await office.settle()
        before = await office.record(record.issue.id)
        now = await office.record(before.issue.child or before.issue.id)
        assert len(office.homeserver.rooms) == rooms + (2 if mode is Mode.NEW_ROOM else 0)
        everything = said(office, before.issue.guest_room) + said(office, now.issue.guest_room) * (before != now)
        assert everything.count("before") == 1
        assert everything.count("after") == 1
        capsules = [body for body in said(office, now.issue.staff_room) if "Observations so far" in body]
        assert len(capsules) == 1
        assert {ADA, BEN, GINA.user_id} <= office.joined(now.issue.guest_room)
        assert office.homeserver.facts(RoomId(str(now.issue.guest_room))).membership_of(BEN) is Membership.JOIN
        async with office.store.read() as tx:
            assert await tx.outbox.dead() == []
