"""What is done when an issue has waited for too long (rule L3): first somebody is reminded, then something happens.

    unclaimed   queue room and supervisors reminded ─▶ one tier up, if somebody of it is on duty; reminded again, if not
    untaken     those who were called reminded ─▶ supervisors called in, and told
    guest       the guest kindly reminded ─▶ concluded as `guest-disengaged`; their next words reopen it
    silence     `bridge.desk.cover`

Each of these sets its own next deadline, so that nothing waits for ever; where nobody is on duty to hear a reminder,
none is given, and the guest was told so from the beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bridge.desk.escalations import call_in, load_record
from bridge.desk.issues import Desk
from bridge.desk.timers import Act
from bridge.desk.work import AWAITED, Work, WorkPlace, lane_of_issue
from bridge.ports import Timer
from policies.cover import is_cover
from policies.deadlines import Deadline, awaited
from policies.escalation import Mode
from policies.issue import Conclusion, Issue, Status, WaitingOn, Wanted
from policies.names import IssueId, Role, UserId
from policies.people import Directory
from policies.reminders import (
    decide_on_quiet_guest,
    decide_on_still_untaken,
    decide_on_unclaimed,
    decide_on_untaken,
)

STAGE: Final = "stage"
NOBODY_CLAIMED: Final = "Nobody claimed it in time."
NOTHING_HEARD: Final = "Nothing was heard from the guest."


def build_acts(desk: Desk) -> Mapping[Deadline, Act]:
    """What to do about which deadline."""
    acts = _Acts(desk)
    return {
        Deadline.UNCLAIMED: acts.on_unclaimed,
        Deadline.UNTAKEN: acts.on_untaken,
        Deadline.GUEST: acts.on_quiet_guest,
    }


async def ensure_deadlines(place: WorkPlace) -> None:
    """Give every issue that waits the deadlines it should have, if it has none: it may be from an older version."""
    async with place.begin() as work:
        for status in (Status.QUEUED, Status.OPEN):
            for record in await work.tx.issues.list(status=status, limit=1_000_000):
                await work.set_deadlines(record.issue, only_missing=True)


class _Acts:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def on_unclaimed(self, work: Work, timer: Timer) -> None:
        record = await load_record(work, IssueId(timer.subject))
        issue, stage = record.issue, _stage_of(timer)
        if issue.status is not Status.QUEUED:
            return
        directory = await work.tx.principals.directory()
        on_duty = _on_duty(directory, await work.tx.duties.off())
        above = [u for u in on_duty if (directory.who_is(u).tier or 0) > issue.tier]
        if stage and above:
            await self._desk.escalations.escalate(work, directory.bot, record, Mode.IN_PLACE, NOBODY_CLAIMED)
            return
        hearers = [u for u in on_duty if directory.who_is(u).role is Role.SUPERVISOR]
        hearers += [u for u in on_duty if directory.who_is(u).tier is issue.tier]
        if hearers or not stage:
            waited = work.now - record.queued_at
            await work.decide(lane_of_issue(issue.id), decide_on_unclaimed(issue, waited, hearers))
        await _wait_again(work, timer, issue, work.patience.unclaimed_again)

    async def on_untaken(self, work: Work, timer: Timer) -> None:
        record = await load_record(work, IssueId(timer.subject))
        issue, stage = record.issue, _stage_of(timer)
        if issue.status is not Status.OPEN or issue.wanted is None:
            return
        lane = lane_of_issue(issue.id)
        if not stage:
            called = await self._desk.escalations.load_called(work, issue)
            await call_in(work, issue, called)  # somebody may have come on duty since
            await work.decide(lane, decide_on_untaken(issue, called))
        else:
            supervisors = await self._desk.escalations.load_called(work, issue, Wanted.SUPERVISOR)
            if supervisors or stage == 1:
                await work.decide(lane, decide_on_still_untaken(issue, supervisors))
            await call_in(work, issue, supervisors)
        await _wait_again(work, timer, issue, work.patience.untaken)

    async def on_quiet_guest(self, work: Work, timer: Timer) -> None:
        record = await load_record(work, IssueId(timer.subject))
        issue = record.issue
        if issue.status is not Status.OPEN or issue.waiting_on is not WaitingOn.GUEST:
            return
        if not _stage_of(timer):
            await work.decide(lane_of_issue(issue.id), decide_on_quiet_guest(issue, work.patience.disengaged))
            await _wait_again(work, timer, issue, work.patience.disengaged)
            return
        bot = (await work.tx.principals.directory()).bot
        await self._desk.conclude_within(work, bot, issue.id, Conclusion.GUEST_DISENGAGED, NOTHING_HEARD)


async def _wait_again(work: Work, timer: Timer, issue: Issue, span: timedelta) -> None:
    facts = {AWAITED: awaited(issue), STAGE: _stage_of(timer) + 1}
    await work.set_timer(Timer(timer.kind, timer.subject, work.now + span, facts))


def _stage_of(timer: Timer) -> int:
    """How often this deadline passed before."""
    stage = timer.facts.get(STAGE, 0)
    return stage if isinstance(stage, int) else 0


def _on_duty(directory: Directory, off: frozenset[UserId]) -> list[UserId]:
    return [p.user_id for p in directory.staff() if p.user_id not in off and is_cover(p.user_id, directory)]
