"""What guests say beside the conversation, who is there to hear it, and what is known of an epoch afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.desk.lobby import is_nobody_on_duty
from bridge.errors import Unknown
from bridge.ports import Epoch, IssueChanged, IssueRecord
from policies.escalation import Mode
from policies.issue import Conclusion
from policies.names import Code, IssueId, Role
from policies.outcomes import Refuse
from policies.waiting import THERE_NOW
from tests.bridge.desk.office import GINA, Office, principal
from tests.bridge.desk.test_escalations import ADA, BEN, said

OTTO = principal("guest-otto", Role.GUEST)
ADDRESS = "gina@example.org"


async def concluded(office: Office) -> IssueRecord:
    record = await office.claimed_issue()
    await office.desk.conclude(ADA, record.issue.id, Conclusion.RESOLVED, "fixed")
    await office.settle()
    return await office.record(record.issue.id)


async def epochs(office: Office, issue_id: IssueId) -> list[Epoch]:
    async with office.store.read() as tx:
        return [*(await tx.epochs.of([issue_id]))[issue_id]]


def code(outcome: object) -> Code:
    assert isinstance(outcome, Refuse)
    return outcome.code


class TestRating:
    async def test_it_is_kept_with_the_epoch_and_the_staff_room_is_told(self, office: Office) -> None:
        record = await concluded(office)
        assert isinstance(await office.desk.rate(GINA, record.issue.id, 4, "Quick."), IssueRecord)
        await office.settle()
        [epoch] = await epochs(office, record.issue.id)
        assert (epoch.rating, epoch.comment) == (4, "Quick.")
        assert said(office, record.issue.staff_room)[-1] == "The guest rated this 4 of 5. “Quick.”"
        assert "Quick." not in said(office, record.issue.guest_room)

    async def test_it_may_be_thought_better_of_and_the_same_again_says_nothing(self, office: Office) -> None:
        record = await concluded(office)
        for rating in (4, 4, 2):
            await office.desk.rate(GINA, record.issue.id, rating, "")
            await office.settle()
        [epoch] = await epochs(office, record.issue.id)
        assert epoch.rating == 2
        told = [body for body in said(office, record.issue.staff_room) if "of 5" in body]
        assert told == ["The guest rated this 4 of 5.", "The guest now rates this 2 of 5."]

    async def test_each_epoch_has_its_own(self, office: Office) -> None:
        record = await concluded(office)
        await office.desk.rate(GINA, record.issue.id, 2, "")
        await office.desk.reopen(GINA, record.issue.id, "It is back.")
        assert code(await office.desk.rate(GINA, record.issue.id, 5, "")) is Code.ISSUE_NOT_CONCLUDED
        await office.desk.conclude(ADA, record.issue.id, Conclusion.RESOLVED, "")
        await office.desk.rate(GINA, record.issue.id, 5, "")
        assert [(one.epoch, one.rating) for one in await epochs(office, record.issue.id)] == [(1, 2), (2, 5)]

    async def test_another_guests_issue_is_unknown_and_staff_do_not_rate(self, office: Office) -> None:
        record = await concluded(office)
        with pytest.raises(Unknown):
            await office.desk.rate(OTTO, record.issue.id, 5, "")
        assert code(await office.desk.rate(principal("ada", Role.EMPLOYEE), record.issue.id, 5, "")) is (
            Code.NOT_PERMITTED
        )

    async def test_too_long_after_the_end_it_is_too_late(self, office: Office) -> None:
        record = await concluded(office)
        office.clock.advance(timedelta(days=8))
        assert code(await office.desk.rate(GINA, record.issue.id, 5, "")) is Code.TOO_LATE

    async def test_what_was_escalated_is_rated_where_it_ended(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.escalate(ADA, record.issue.id, Mode.NEW_ROOM, "too hard")
        await office.settle()
        outcome = await office.desk.rate(GINA, record.issue.id, 5, "")
        assert code(outcome) is Code.ISSUE_CONCLUDED
        assert isinstance(outcome, Refuse)
        await office.desk.conclude(ADA, IssueId(outcome.facts["child"]), Conclusion.RESOLVED, "")
        assert isinstance(await office.desk.rate(GINA, IssueId(outcome.facts["child"]), 5, ""), IssueRecord)

    async def test_an_issue_that_ended_in_its_queue_is_rated_too(self, office: Office) -> None:
        record = await office.open_issue()
        await office.desk.conclude(ADA, record.issue.id, Conclusion.UNRESOLVED, "spam")
        assert isinstance(await office.desk.rate(GINA, record.issue.id, 1, "Rude!"), IssueRecord)
        await office.settle()


class TestTimes:
    async def test_the_time_to_the_first_answer_is_that_of_the_first_word_to_the_guest(self, office: Office) -> None:
        record = await office.claimed_issue()
        began = office.clock.now()
        office.clock.advance(timedelta(minutes=3))
        await office.say(ADA, record.issue.staff_room, "hm")
        assert (await epochs(office, record.issue.id))[0].answered_at is None
        await office.say(ADA, record.issue.guest_room, "Hello.")
        office.clock.advance(timedelta(minutes=3))
        await office.say(ADA, record.issue.guest_room, "Anything else?")
        [epoch] = await epochs(office, record.issue.id)
        assert (epoch.answered_by, epoch.answered_at) == (ADA, began + timedelta(minutes=3))
        assert epoch.began_at <= began

    async def test_a_shared_answer_is_one(self, office: Office) -> None:
        record = await office.claimed_issue()
        answer = await office.answer(record.issue.staff_room)
        await office.desk.share(ADA, record.issue.id, answer, None)
        assert (await epochs(office, record.issue.id))[0].answered_by == ADA

    async def test_a_child_begins_its_own(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.escalate(ADA, record.issue.id, Mode.NEW_ROOM, "too hard")
        await office.settle()
        child = (await office.record(record.issue.id)).issue.child or IssueId("")
        [epoch] = await epochs(office, child)
        assert epoch.answered_at is None


class TestNobodyThere:
    async def nobody(self, office: Office, record: IssueRecord) -> bool:
        async with office.store.read() as tx:
            found = await tx.issues.load(record.issue.id)
            assert found is not None
            return await is_nobody_on_duty(tx, found.issue)

    async def test_it_is_said_while_nobody_could_claim_the_issue(self, office: Office) -> None:
        record = await office.open_issue()
        assert not await self.nobody(office, record)
        await office.off_duty("ada", "amy", "sam")
        assert not await self.nobody(office, record), "somebody of a higher tier may claim it"
        await office.off_duty("ben")
        assert await self.nobody(office, record)
        await office.desk.claim(ADA, record.issue.id)
        assert not await self.nobody(office, record)

    async def test_guests_who_wait_hear_of_it_when_duty_changes(self, office: Office) -> None:
        record = await office.open_issue()
        office.notices.heard.clear()
        await office.works.duty.switch(ADA, ADA, on=False)
        assert IssueChanged(record.issue.id) in office.notices.heard

    async def test_an_address_is_shown_on_the_card_and_nowhere_on_the_guests_side(self, office: Office) -> None:
        record = await office.open_issue()
        assert isinstance(await office.desk.leave_contact(GINA, record.issue.id, ADDRESS), IssueRecord)
        await office.settle()
        assert ADDRESS in office.homeserver.messages(office.queue())[-1].content["body"]
        await office.desk.claim(ADA, record.issue.id)
        await office.settle()
        now = await office.record(record.issue.id)
        assert said(office, now.issue.guest_room)[-1] == THERE_NOW
        assert not any(ADDRESS in body for body in said(office, now.issue.guest_room))
        assert any(ADDRESS in body for body in said(office, now.issue.staff_room))

    async def test_who_left_none_is_told_nothing(self, office: Office) -> None:
        record = await office.claimed_issue()
        assert THERE_NOW not in said(office, record.issue.guest_room)

    async def test_it_is_told_once(self, office: Office) -> None:
        record = await office.open_issue()
        await office.desk.leave_contact(GINA, record.issue.id, ADDRESS)
        await office.desk.claim(ADA, record.issue.id)
        await office.desk.conclude(ADA, record.issue.id, Conclusion.RESOLVED, "")
        await office.settle()
        await office.wait(timedelta(hours=30))
        await office.off_duty("ada")
        await office.desk.reopen(GINA, record.issue.id, "again")
        await office.settle()
        await office.desk.claim(BEN, record.issue.id)
        await office.settle()
        assert said(office, (await office.record(record.issue.id)).issue.guest_room).count(THERE_NOW) == 1

    async def test_another_guests_issue_is_unknown(self, office: Office) -> None:
        record = await office.open_issue()
        with pytest.raises(Unknown):
            await office.desk.leave_contact(OTTO, record.issue.id, ADDRESS)

    async def test_not_after_the_end(self, office: Office) -> None:
        record = await concluded(office)
        assert code(await office.desk.leave_contact(GINA, record.issue.id, ADDRESS)) is Code.ISSUE_CONCLUDED
