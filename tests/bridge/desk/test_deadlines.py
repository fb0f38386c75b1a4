"""What happens when an issue waits for too long: every state has a deadline, and no restart forgets it (rule L3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.config import DeskSettings
from bridge.desk.deadlines import ensure_deadlines
from bridge.ports import IssueRecord, Words
from bridge.store.database import SqlStore
from policies.deadlines import OF_THE_ISSUE, Deadline, deadlines_of
from policies.escalation import Mode
from policies.issue import Conclusion, Status, WaitingOn
from policies.names import IssueId, Role, Tier
from policies.relief import BACK_IN_LOBBY
from tests.bridge.desk.office import GINA, Office, open_office, user
from tests.bridge.desk.test_escalations import ADA, BEN, SAM, hire, said
from tests.fakes.homeserver import BOT

PATIENCE = DeskSettings().patience
SECOND = timedelta(seconds=1)


async def timers(office: Office, issue_id: IssueId) -> Mapping[Deadline, object]:
    async with office.store.read() as tx:
        found = {kind: await tx.timers.load(kind, issue_id) for kind in Deadline}
    return {kind: timer for kind, timer in found.items() if timer is not None}


async def answered(office: Office) -> IssueRecord:
    """An issue whose guest has the next word."""
    record = await office.claimed_issue()
    await office.say(ADA, record.issue.guest_room, "Which form is it?")
    return await office.record(record.issue.id)


class TestL3:
    async def test_through_its_whole_life_an_issue_has_the_deadlines_that_it_should(self, office: Office) -> None:
        record = await office.open_issue()
        seen: set[Deadline] = set()

        async def check() -> None:
            issue = (await office.record(record.issue.id)).issue
            expected = deadlines_of(issue, PATIENCE)
            assert {*await timers(office, issue.id)} & OF_THE_ISSUE == {*expected}
            assert expected or issue.status is Status.CONCLUDED
            seen.update(expected)

        await check()
        await office.desk.claim(ADA, record.issue.id)
        await office.settle()
        await check()
        room = (await office.record(record.issue.id)).issue.guest_room
        await office.say(ADA, room, "Which form is it?")
        await check()
        await office.desk.escalate(ADA, record.issue.id, Mode.IN_PLACE, "too hard")
        await office.settle()
        await check()
        await office.say(BEN, room, "I am Ben.")
        await check()
        await office.desk.conclude(BEN, record.issue.id, Conclusion.RESOLVED, "")
        await office.settle()
        await check()
        assert seen == OF_THE_ISSUE

    async def test_an_issue_of_an_older_version_is_given_its_deadlines_at_the_start(self, office: Office) -> None:
        queued, opened = await office.open_issue(), await office.claimed_issue()
        async with office.store.write() as tx:
            for kind in Deadline:
                for record in (queued, opened):
                    await tx.timers.clear(kind, record.issue.id)
        await ensure_deadlines(office.place)
        assert {*await timers(office, queued.issue.id)} == {Deadline.UNCLAIMED}
        assert {*await timers(office, opened.issue.id)} == {Deadline.SILENCE}

    async def test_at_the_start_nothing_is_put_off(self, office: Office) -> None:
        record = await office.open_issue()
        before = await timers(office, record.issue.id)
        office.clock.advance(SECOND)
        await ensure_deadlines(office.place)
        assert await timers(office, record.issue.id) == before


class TestUnclaimed:
    async def test_the_queue_is_reminded_and_those_on_duty_and_the_supervisors_by_name(self, office: Office) -> None:
        record = await office.open_issue()
        await office.off_duty("amy")
        await office.wait(PATIENCE.unclaimed - SECOND)
        before = len(said(office, office.queue()))
        await office.wait(SECOND)
        [reminder] = office.homeserver.messages(office.queue())[before:]
        assert "10 minutes" in reminder.content["body"]
        assert {*reminder.content["m.mentions"]["user_ids"]} == {ADA, SAM}
        assert (await office.record(record.issue.id)).issue.status is Status.QUEUED

    async def test_after_that_the_next_tier_is_asked(self, office: Office) -> None:
        record = await office.open_issue()
        await office.wait(PATIENCE.unclaimed)
        await office.wait(PATIENCE.unclaimed_again)
        now = await office.record(record.issue.id)
        assert (now.issue.status, now.issue.tier) == (Status.QUEUED, Tier.T2)
        assert office.homeserver.messages(office.queue(Tier.T2))[-1].event_id == now.card
        await office.wait(PATIENCE.unclaimed)
        assert any("has waited" in body for body in said(office, office.queue(Tier.T2)))

    async def test_where_nobody_above_is_on_duty_it_stays_and_is_reminded_of_again(self, office: Office) -> None:
        record = await office.open_issue()
        await office.off_duty("ben")
        await office.wait(PATIENCE.unclaimed)
        await office.wait(PATIENCE.unclaimed_again)
        now = await office.record(record.issue.id)
        assert now.issue.tier is Tier.T1
        assert sum("has waited" in body for body in said(office, office.queue())) == 2

    async def test_at_night_nobody_is_reminded_over_and_over_and_it_goes_up_when_somebody_comes(
        self, office: Office
    ) -> None:
        record = await office.open_issue()
        await office.off_duty("ada", "amy", "ben", "sam")
        for _ in range(20):
            await office.wait(PATIENCE.unclaimed_again)
        assert sum("has waited" in body for body in said(office, office.queue())) == 1
        async with office.store.write() as tx:
            await tx.duties.set(BEN, on_duty=True)
        await office.wait(PATIENCE.unclaimed_again)
        assert (await office.record(record.issue.id)).issue.tier is Tier.T2

    async def test_a_claimed_issue_is_reminded_of_no_more(self, office: Office) -> None:
        record = await office.open_issue()
        await office.wait(PATIENCE.unclaimed - SECOND)
        await office.desk.claim(ADA, record.issue.id)
        await office.settle()
        await office.wait(SECOND)
        assert not any("has waited" in body for body in said(office, office.queue()))


class TestUntaken:
    @pytest.mark.parametrize("mode", Mode)
    async def test_those_who_were_called_are_reminded_and_then_a_supervisor_is_called_in(
        self, office: Office, mode: Mode
    ) -> None:
        record = await office.claimed_issue()
        await office.desk.escalate(ADA, record.issue.id, mode, "too hard")
        await office.settle()
        parent = await office.record(record.issue.id)
        now = await office.record(parent.issue.child or parent.issue.id)
        await office.say(ADA, now.issue.guest_room, "A moment, please.")
        await office.wait(PATIENCE.untaken)
        assert "waits for T2" in said(office, now.issue.staff_room)[-1]
        assert "waits for T2" in said(office, office.queue(Tier.T2))[-1]
        assert SAM not in office.joined(now.issue.guest_room)
        await office.wait(PATIENCE.untaken)
        assert SAM in office.joined(now.issue.guest_room)
        assert f"{SAM}, please see to it" in said(office, now.issue.staff_room)[-1]
        await office.say(SAM, now.issue.guest_room, "I am Sam.")
        after = (await office.record(now.issue.id)).issue
        assert (after.assignee, after.wanted) == (SAM, None)

    async def test_talk_between_guest_and_old_assignee_does_not_put_it_off(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.desk.escalate(ADA, record.issue.id, Mode.IN_PLACE, "too hard")
        await office.wait(PATIENCE.untaken / 2)
        await office.say(ADA, record.issue.guest_room, "A moment, please.")
        await office.desk.write(GINA, str(record.issue.guest_room), "t1", "Yes.")
        await office.settle()
        await office.wait(PATIENCE.untaken / 2)
        assert any("waits for T2" in body for body in said(office, record.issue.staff_room))

    async def test_where_no_supervisor_is_on_duty_that_is_said_once(self, office: Office) -> None:
        await office.off_duty("sam")
        record = await office.claimed_issue()
        await office.say(ADA, record.issue.guest_room, "A moment, please.")
        await office.desk.escalate(ADA, record.issue.id, Mode.IN_PLACE, "too hard")
        await office.settle()
        for _ in range(5):
            await office.wait(PATIENCE.untaken)
        assert sum("no supervisor is on duty" in body for body in said(office, record.issue.staff_room)) == 1

    async def test_whoever_comes_on_duty_meanwhile_is_called_too(self, office: Office) -> None:
        await office.off_duty("ben", "sam")
        record = await office.claimed_issue()
        await office.desk.escalate(ADA, record.issue.id, Mode.IN_PLACE, "too hard")
        await office.settle()
        assert BEN not in office.joined(record.issue.guest_room)
        async with office.store.write() as tx:
            await tx.duties.set(BEN, on_duty=True)
        await office.wait(PATIENCE.untaken)
        assert BEN in office.joined(record.issue.guest_room)

    async def test_a_silent_assignee_is_relieved_by_somebody_who_was_called_and_then_it_is_taken(
        self, office: Office
    ) -> None:
        record = await office.claimed_issue()
        await office.desk.escalate(ADA, record.issue.id, Mode.IN_PLACE, "too hard")
        await office.wait(PATIENCE.silence)
        after = (await office.record(record.issue.id)).issue
        assert (after.assignee, after.wanted) in {(BEN, None), (SAM, None)}


class TestQuietGuest:
    async def test_a_kind_reminder_and_then_the_end(self, office: Office) -> None:
        record = await answered(office)
        await office.wait(PATIENCE.guest)
        assert "Are you still there?" in said(office, record.issue.guest_room)[-1]
        assert (await office.record(record.issue.id)).issue.status is Status.OPEN
        await office.wait(PATIENCE.disengaged)
        after = (await office.record(record.issue.id)).issue
        assert (after.status, after.conclusion) == (Status.CONCLUDED, Conclusion.GUEST_DISENGAGED)
        async with office.store.read() as tx:
            [ending] = await tx.issues.endings(record.issue.id)
        assert ending.by == BOT

    async def test_each_word_of_the_staff_gives_the_guest_new_time(self, office: Office) -> None:
        record = await answered(office)
        await office.wait(PATIENCE.guest - SECOND)
        await office.say(ADA, record.issue.guest_room, "Take your time.")
        await office.wait(PATIENCE.guest - SECOND)
        assert said(office, record.issue.guest_room)[-1] == "Take your time."

    async def test_a_word_after_the_reminder_is_in_time(self, office: Office) -> None:
        record = await answered(office)
        await office.wait(PATIENCE.guest)
        await office.desk.write(GINA, str(record.issue.guest_room), "t1", "Here I am.")
        await office.settle()
        await office.say(ADA, record.issue.guest_room, "Fine.")
        await office.wait(PATIENCE.guest - SECOND)
        assert (await office.record(record.issue.id)).issue.status is Status.OPEN
        assert sum("still there" in body for body in said(office, record.issue.guest_room)) == 1

    @pytest.mark.parametrize("door", ["gateway", "lobby", "room"])
    async def test_the_guests_next_words_reopen_it(self, office: Office, door: str) -> None:
        record = await answered(office)
        await office.wait(PATIENCE.guest)
        await office.wait(PATIENCE.disengaged)
        room = record.issue.guest_room
        if door == "room":
            await office.say(GINA.user_id, room, "I am back.")
        else:
            place = str(room) if door == "gateway" else f"lobby:{record.issue.id}"
            assert isinstance(await office.desk.write(GINA, place, "t1", "I am back."), Words)
            assert isinstance(await office.desk.write(GINA, place, "t1", "I am back."), Words)
            await office.settle()
        after = (await office.record(record.issue.id)).issue
        assert (after.status, after.epoch, after.assignee) == (Status.OPEN, 2, ADA)
        assert after.waiting_on is WaitingOn.STAFF
        assert said(office, room).count("I am back.") == 1

    async def test_after_the_rooms_were_cleared_too(self, office: Office) -> None:
        record = await answered(office)
        await office.wait(PATIENCE.guest)
        await office.wait(PATIENCE.disengaged)
        await office.wait(PATIENCE.clearing)
        assert GINA.user_id not in office.joined(record.issue.guest_room)
        assert isinstance(await office.desk.write(GINA, str(record.issue.guest_room), "t1", "I am back."), Words)
        await office.settle()
        after = await office.record(record.issue.id)
        if after.issue.status is Status.QUEUED:
            await office.desk.claim(ADA, record.issue.id)
            await office.settle()
        assert "I am back." in said(office, record.issue.guest_room)

    async def test_too_long_after_that_they_begin_anew(self, office: Office) -> None:
        record = await answered(office)
        await office.wait(PATIENCE.guest)
        await office.wait(PATIENCE.disengaged)
        await office.wait(timedelta(days=8))
        outcome = await office.desk.write(GINA, f"lobby:{record.issue.id}", "t1", "I am back.")
        assert getattr(outcome, "code", None) == "CHAPERONE_TOO_LATE"
        assert (await office.record(record.issue.id)).issue.status is Status.CONCLUDED


class TestSilence:
    async def test_a_guest_who_waits_is_never_reminded_of_their_own_silence(self, office: Office) -> None:
        record = await office.claimed_issue()
        for _ in range(12):
            await office.wait(PATIENCE.silence)
        assert not any("still there" in body for body in said(office, record.issue.guest_room))
        assert BACK_IN_LOBBY not in said(office, record.issue.guest_room)


async def test_every_deadline_survives_a_restart(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        queued, opened = await office.open_issue(), await answered(office)
        before = {record.issue.id: await timers(office, record.issue.id) for record in (queued, opened)}
    store = await SqlStore.open(f"sqlite+aiosqlite:///{tmp_path / 'bridge.db'}", BOT)
    try:
        async with store.read() as tx:
            for issue_id, kinds in before.items():
                assert kinds
                assert {kind: await tx.timers.load(kind, issue_id) for kind in kinds} == kinds
    finally:
        await store.close()


async def test_somebody_hired_meanwhile_is_asked_as_well(office: Office) -> None:
    record = await office.open_issue()
    await hire(office, "cleo", Role.EMPLOYEE, Tier.T3)
    for _ in range(4):
        await office.wait(PATIENCE.unclaimed)
    assert (await office.record(record.issue.id)).issue.tier is Tier.T3
    assert user("cleo") in office.joined(office.queue(Tier.T3))
