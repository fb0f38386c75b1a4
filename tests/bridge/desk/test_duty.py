"""On and off duty: by hand until the next edge, by a schedule at its edges, over restarts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bridge.desk.duty import DutyNow
from bridge.errors import Unknown
from policies.duty import Schedule, Shift
from policies.issue import Status
from policies.names import Code, UserId
from policies.outcomes import Refuse
from tests.bridge.desk.office import Office, user

HOUR = timedelta(hours=1)
DAYTIME = Schedule("UTC", tuple(Shift(day, 9 * 60, 17 * 60) for day in range(7)))


async def is_on(office: Office, who: UserId) -> bool:
    return (await office.duty.show(who)).on_duty


async def until(office: Office, hour: int) -> None:
    """The next time that it is this hour."""
    now = office.clock.now()
    then = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    await office.wait((then if then > now else then + timedelta(days=1)) - now)


class TestByHand:
    async def test_everybody_is_on_duty_until_they_say_otherwise(self, office: Office) -> None:
        assert await is_on(office, user("ada"))
        await office.say(user("ada"), office.queue(), "!off")
        assert not await is_on(office, user("ada"))
        await office.say(user("ada"), office.queue(), "!on")
        assert await is_on(office, user("ada"))

    async def test_whoever_goes_off_keeps_what_is_theirs_and_is_told_so(self, office: Office) -> None:
        record = await office.claimed_issue()
        await office.say(user("ada"), record.issue.staff_room, "!off")
        again = await office.record(record.issue.id)
        assert (again.issue.status, again.issue.assignee) == (Status.OPEN, user("ada"))
        assert "1 open issue" in office.homeserver.bodies(record.issue.staff_room or office.queue())[-1][1]

    async def test_a_supervisor_switches_others_and_nobody_else_does(self, office: Office) -> None:
        await office.say(user("amy"), office.queue(), "!off ada")
        assert await is_on(office, user("ada"))
        await office.say(user("sam"), office.queue(), "!off @ada")
        assert not await is_on(office, user("ada"))

    async def test_a_robot_is_never_on_or_off(self, office: Office) -> None:
        outcome = await office.duty.switch(user("sam"), user("istackbuddy.forms.diagnostics"), on=False)
        assert isinstance(outcome, Refuse)
        assert outcome.code is Code.NOT_PERMITTED

    async def test_nobody_of_that_name_is_unknown(self, office: Office) -> None:
        with pytest.raises(Unknown):
            await office.duty.switch(user("sam"), user("nobody"), on=False)


class TestBySchedule:
    async def plan(self, office: Office, schedule: Schedule | None = DAYTIME) -> DutyNow:
        now = await office.duty.plan(user("sam"), user("ada"), schedule)
        assert isinstance(now, DutyNow)
        return now

    async def test_it_holds_at_once(self, office: Office) -> None:
        await until(office, 7)
        now = await self.plan(office)
        assert not now.on_duty
        assert now.next_edge is not None
        assert now.next_edge.hour == 9

    async def test_it_switches_at_its_edges(self, office: Office) -> None:
        await self.plan(office)
        for hour, expected in ((9, True), (17, False), (9, True)):
            await until(office, hour)
            assert await is_on(office, user("ada")) is expected

    async def test_by_hand_holds_until_the_next_edge(self, office: Office) -> None:
        await until(office, 10)
        await self.plan(office)
        await office.duty.switch(user("ada"), user("ada"), on=False)
        await until(office, 16)
        assert not await is_on(office, user("ada"))
        await until(office, 17)
        await until(office, 9)
        assert await is_on(office, user("ada"))

    async def test_edges_that_passed_while_the_bridge_was_down_are_made_up_for(self, office: Office) -> None:
        await until(office, 18)
        await self.plan(office)
        office.clock.advance(16 * HOUR + timedelta(days=3))
        await office.timers.act_on_due()
        assert await is_on(office, user("ada"))
        assert (await office.duty.show(user("ada"))).next_edge is not None

    async def test_without_one_they_stay_as_they_are(self, office: Office) -> None:
        await until(office, 18)
        await self.plan(office)
        now = await self.plan(office, None)
        assert (now.on_duty, now.schedule, now.next_edge) == (False, None, None)
        await until(office, 9)
        assert not await is_on(office, user("ada"))

    async def test_an_employee_makes_none(self, office: Office) -> None:
        outcome = await office.duty.plan(user("ada"), user("ada"), DAYTIME)
        assert isinstance(outcome, Refuse)
        assert outcome.code is Code.SUPERVISORS_ONLY

    async def test_what_it_says_is_kept_as_rows(self, office: Office) -> None:
        await self.plan(office)
        async with office.store.read() as tx:
            assert await tx.duties.schedule(user("ada")) == DAYTIME
            assert isinstance(await tx.timers.next_due(), datetime)
