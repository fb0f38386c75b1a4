"""Issues are given to whoever is free, at once and over restarts, and nobody gets more than they may hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.chain import Head
from bridge.config import DeskSettings
from bridge.desk.replay import replay
from bridge.ports import IssueChanged, IssueRecord
from policies.assignment import Routing
from policies.deadlines import OnSilence
from policies.duty import Schedule, Shift
from policies.issue import Conclusion, Status
from policies.names import Code, IssueId, RoomId, UserId
from policies.outcomes import Refuse
from policies.rooms import RoomKind
from tests.bridge.desk.office import GINA, Office, open_office, user

ADA, AMY, BEN, SAM = user("ada"), user("amy"), user("ben"), user("sam")
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def by_turns(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, DeskSettings(routing=Routing.ROUND_ROBIN)) as office:
        yield office


@pytest.fixture
async def by_load(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, DeskSettings(routing=Routing.LEAST_LOADED, capacity=1)) as office:
        yield office


@pytest.fixture
async def limited(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, DeskSettings(capacity=1)) as office:
        yield office


async def opened(office: Office, count: int) -> list[IssueRecord]:
    return [await office.open_issue() for _ in range(count)]


async def assignees(office: Office) -> list[UserId | None]:
    return [record.issue.assignee for record in reversed(await office.issues())]


class TestRouting:
    async def test_an_issue_is_given_away_as_it_is_opened(self, by_turns: Office) -> None:
        [record] = await opened(by_turns, 1)
        assert (record.issue.status, record.issue.assignee) == (Status.OPEN, ADA)
        assert GINA.user_id in by_turns.joined(record.issue.guest_room)
        told = by_turns.homeserver.messages(RoomId(str(record.issue.staff_room)))[-1]
        assert told.content["m.mentions"] == {"user_ids": [ADA]}

    async def test_everybody_of_the_tier_has_their_turn(self, by_turns: Office) -> None:
        await opened(by_turns, 4)
        assert await assignees(by_turns) == [ADA, AMY, ADA, AMY]

    async def test_the_turn_is_kept_over_a_restart(self, by_turns: Office) -> None:
        await opened(by_turns, 1)
        by_turns.__post_init__()
        await opened(by_turns, 1)
        assert await assignees(by_turns) == [ADA, AMY]

    async def test_what_waited_before_the_setting_was_changed_is_given_away_at_the_start(self, office: Office) -> None:
        [record] = await opened(office, 1)
        settings = DeskSettings(routing=Routing.LEAST_LOADED)
        changed = Office(office.store, office.homeserver, settings=settings)
        await changed.works.router.route_waiting(changed.place)
        await changed.settle()
        assert (await changed.record(record.issue.id)).issue.assignee == ADA

    async def test_nobody_on_duty_lets_it_wait_until_somebody_is(self, by_turns: Office) -> None:
        await by_turns.off_duty("ada", "amy")
        [record] = await opened(by_turns, 1)
        assert record.issue.status is Status.QUEUED
        await by_turns.duty.switch(AMY, AMY, on=True)
        await by_turns.settle()
        assert (await by_turns.record(record.issue.id)).issue.assignee == AMY

    async def test_whoever_has_less_to_do_is_given_it(self, by_load: Office) -> None:
        await by_load.off_duty("amy")
        await opened(by_load, 1)
        await by_load.duty.switch(AMY, AMY, on=True)
        await opened(by_load, 1)
        assert await assignees(by_load) == [ADA, AMY]

    async def test_who_becomes_free_is_given_what_waits_longest(self, by_load: Office) -> None:
        first, _, third, fourth = await opened(by_load, 4)
        assert await assignees(by_load) == [ADA, AMY, None, None]
        await by_load.desk.conclude(ADA, first.issue.id, Conclusion.RESOLVED, "")
        await by_load.settle()
        assert (await by_load.record(third.issue.id)).issue.assignee == ADA
        assert (await by_load.record(fourth.issue.id)).issue.status is Status.QUEUED

    async def test_a_handover_makes_free_as_well(self, by_load: Office) -> None:
        first, _, third = await opened(by_load, 3)
        await by_load.desk.hand_over(SAM, first.issue.id, BEN)
        await by_load.settle()
        assert (await by_load.record(third.issue.id)).issue.assignee == ADA

    async def test_whoever_moved_up_hears_of_it(self, by_load: Office) -> None:
        first, _, _, fourth = await opened(by_load, 4)
        by_load.notices.heard.clear()
        await by_load.desk.conclude(ADA, first.issue.id, Conclusion.RESOLVED, "")
        assert IssueChanged(fourth.issue.id) in by_load.notices.heard

    async def test_a_fault_of_the_router_loses_no_work(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        async def fail(work: object) -> None:
            raise RuntimeError("out of order")

        office.place.finishes(fail)
        record = await office.open_issue()
        assert record.issue.status is Status.QUEUED


class TestCapacity:
    async def test_one_more_than_that_is_refused(self, limited: Office) -> None:
        first, second = await opened(limited, 2)
        await limited.desk.claim(ADA, first.issue.id)
        outcome = await limited.desk.claim(ADA, second.issue.id)
        assert isinstance(outcome, Refuse)
        assert outcome.code is Code.AT_CAPACITY

    async def test_in_the_queue_room_it_is_said_why(self, limited: Office) -> None:
        first, second = await opened(limited, 2)
        await limited.say(ADA, limited.queue(), f"!claim {first.issue.id}")
        await limited.tap(ADA, limited.queue(), (await limited.record(second.issue.id)).card, "✋")
        assert "may have 1" in limited.homeserver.bodies(limited.queue())[-1][1]

    async def test_of_two_claims_at_once_by_one_person_one_is_refused(self, limited: Office) -> None:
        first, second = await opened(limited, 2)
        outcomes = await asyncio.gather(*(limited.desk.claim(ADA, one.issue.id) for one in (first, second)))
        assert sorted(isinstance(outcome, Refuse) for outcome in outcomes) == [False, True]

    async def test_a_number_of_ones_own_goes_before_everybodys(self, limited: Office) -> None:
        async with limited.store.write() as tx:
            await tx.duties.set_capacity(ADA, 2)
        for record in await opened(limited, 2):
            assert isinstance(await limited.desk.claim(ADA, record.issue.id), IssueRecord)

    async def test_a_supervisor_is_never_limited(self, limited: Office) -> None:
        for record in await opened(limited, 3):
            assert isinstance(await limited.desk.claim(SAM, record.issue.id), IssueRecord)

    async def test_nobody_is_handed_more_than_they_may_hold_but_by_a_supervisor(self, limited: Office) -> None:
        first, second = await opened(limited, 2)
        await limited.desk.claim(ADA, first.issue.id)
        await limited.desk.claim(AMY, second.issue.id)
        outcome = await limited.desk.hand_over(AMY, second.issue.id, ADA)
        assert isinstance(outcome, Refuse)
        assert outcome.code is Code.AT_CAPACITY
        assert isinstance(await limited.desk.hand_over(SAM, second.issue.id, ADA), IssueRecord)


class TestSilence:
    async def silent(self, office: Office) -> IssueId:
        record = await office.claimed_issue()
        await office.say(GINA.user_id, record.issue.guest_room, "Hello?")
        await office.wait(11 * MINUTE)
        return record.issue.id

    async def test_a_colleague_who_is_free_answers_for_it(self, office: Office) -> None:
        assert (await office.record(await self.silent(office))).issue.assignee == AMY

    async def test_nobody_who_has_enough_to_do_is_given_it(self, limited: Office) -> None:
        [other] = await opened(limited, 1)
        await limited.desk.claim(AMY, other.issue.id)
        await limited.settle()
        assert (await limited.record(await self.silent(limited))).issue.assignee == BEN

    async def test_by_setting_the_assignee_is_reminded_and_keeps_it(self, tmp_path: Path) -> None:
        async with open_office(tmp_path, DeskSettings(on_silence=OnSilence.REMIND)) as office:
            record = await office.record(await self.silent(office))
            assert record.issue.assignee == ADA
            told = office.homeserver.messages(RoomId(str(record.issue.staff_room)))[-1]
            assert told.content["m.mentions"] == {"user_ids": [ADA]}


class TestTheAuditLog:
    async def test_everything_of_a_day_on_the_floor_can_be_replayed(self, by_load: Office) -> None:
        first, second, third = await opened(by_load, 3)
        await by_load.desk.claim(ADA, third.issue.id)
        await by_load.desk.hand_over(ADA, first.issue.id, AMY)
        await by_load.desk.hand_over(SAM, first.issue.id, AMY)
        await by_load.duty.plan(SAM, BEN, Schedule("UTC", (Shift(0, 0, 60),)))
        await by_load.duty.switch(ADA, ADA, on=False)
        await by_load.duty.switch(AMY, ADA, on=True)
        await by_load.desk.conclude(AMY, second.issue.id, Conclusion.RESOLVED, "")
        await by_load.break_in.enter(SAM, RoomId(str(first.issue.staff_room)))
        await by_load.break_in.enter(ADA, RoomId(str(first.issue.staff_room)))
        await by_load.whispers.whisper(SAM, first.issue.id, None, "Well done.")
        await by_load.chats.open(ADA, RoomKind.DIRECT, [AMY])
        await by_load.chats.open(ADA, RoomKind.DIRECT, [GINA.user_id])
        await by_load.wait(timedelta(days=8))
        async with by_load.store.read() as tx:
            assert isinstance(await replay(tx), Head)
            whats = {entry.what for entry in await tx.audit.entries()}
        assert {"routed", "off duty", "schedule", "schedule's edge", "broke in"} <= whats

    async def test_what_is_whispered_is_not_in_it(self, by_turns: Office) -> None:
        [record] = await opened(by_turns, 1)
        await by_turns.whispers.whisper(SAM, record.issue.id, None, "zirconium")
        async with by_turns.store.read() as tx:
            assert "zirconium" not in str([entry.facts for entry in await tx.audit.entries()])
