"""Escalating and de-escalating, whichever door it comes by, and who takes over afterwards.

    escalate in place ─▶ tier up ─▶ capsule, guest told ─┐
    escalate to a new room ─▶ child open ─▶ its rooms ───┴▶ CallIn for each of those on duty (a lane each)
    somebody who is waited for writes to the guest, or claims ─▶ take over ─▶ the one before may go

Both issues of an escalation to a new room, and everything that follows for either, are written in one transaction. The
old rooms end in the old issue's lane, which waits there until the guest is in the new room (`AwaitMove`); so a crash
between any two rows leaves the guest in one room or in both, with the same employee, and never in none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import structlog

from bridge.desk.capsule import build_capsule
from bridge.desk.line import build_notices
from bridge.desk.lobby import lane_of_guest
from bridge.desk.work import Work, lane_of_issue
from bridge.errors import Unknown
from bridge.ports import Ending, IssueChanged, IssueRecord
from policies.actions import CallIn, InviteGuest, LetIn
from policies.escalation import (
    Mode,
    continued,
    decide_on_child,
    decide_on_deescalation,
    decide_on_escalation,
    decide_on_leaving_behind,
    decide_on_taking_over,
    deescalated,
    escalated,
    left_behind,
    may_deescalate,
    may_escalate,
)
from policies.issue import Conclusion, Issue, Side, Status, Wanted
from policies.lifecycle import settled_with
from policies.names import IssueId, Tier, UserId
from policies.outcomes import Refuse
from policies.people import Person
from policies.routing import decide_call

log = structlog.get_logger()


def lane_of_call(issue_id: IssueId, user_id: UserId) -> str:
    """Beside the issue's own lane: somebody who does not come holds up nobody."""
    return f"call:{issue_id}:{user_id}"


class Escalations:
    """Moves issues between tiers, inside work that is under way."""

    def __init__(self, robots: Sequence[UserId], most_called: int) -> None:
        """What escalation needs to know of the settings.

        :param robots: who is in every staff room from the start.
        :param most_called: how many people are called in at once.
        """
        self._robots = robots
        self._most_called = most_called

    async def escalate(
        self, work: Work, actor: UserId, record: IssueRecord, mode: Mode, reason: str, note: str = ""
    ) -> IssueRecord | Refuse:
        """One tier up. Answers the issue itself, whose child goes on if it was to a new room."""
        directory = await work.tx.principals.directory()
        verdict = await work.ask(may_escalate, actor, record.issue, directory.who_is(actor), mode)
        if isinstance(verdict, Refuse):
            return verdict
        if mode is Mode.NEW_ROOM:
            return await self._to_new_room(work, actor, record, reason, note)
        issue = escalated(record.issue)
        await work.save(issue)
        called = await self.load_called(work, issue)
        capsule = await build_capsule(work, record, issue, actor, reason, note, called)
        await work.decide(lane_of_issue(issue.id), decide_on_escalation(issue, capsule))
        await call_in(work, issue, called)
        work.notices += await build_notices(work.tx, issue)
        log.info("escalation.in_place", issue=issue.id, tier=issue.tier.name, wanted=issue.wanted, called=len(called))
        return replace(record, issue=issue)

    async def _to_new_room(self, work: Work, actor: UserId, record: IssueRecord, reason: str, note: str) -> IssueRecord:
        tx, before = work.tx, record.issue
        made = await tx.issues.add(
            record.guest_id,
            before.guest,
            before.subject,
            record.first_words,
            escalated(before).tier,
            work.now,
            is_group=before.is_group,
        )
        for companion in before.companions:
            await tx.issues.add_guest(made.issue.id, companion)
        child = continued(before, replace(made.issue, guests=before.guests))
        parent = left_behind(before, child.id)
        await tx.epochs.begin(child.id, child.epoch, work.now)
        await work.save(child)
        await work.save(parent)
        why = " ".join(part for part in (reason, note) if part)
        await tx.issues.end(Ending(parent.id, parent.epoch, Conclusion.ESCALATED, actor, why, work.now))
        called = await self.load_called(work, child)
        capsule = await build_capsule(work, record, child, actor, reason, note, called)
        await work.decide(lane_of_issue(child.id), decide_on_child(child, capsule, self._robots))
        await work.decide(lane_of_issue(parent.id), decide_on_leaving_behind(parent, child, actor, reason))
        for companion in child.companions:
            await work.decide(lane_of_guest(child.id, companion), (InviteGuest(child.id, companion),))
        await call_in(work, child, called)
        work.notices += await build_notices(tx, child)
        log.info("escalation.new_room", issue=parent.id, child=child.id, tier=child.tier.name, called=len(called))
        return replace(record, issue=parent)

    async def deescalate(self, work: Work, actor: UserId, record: IssueRecord, reason: str) -> IssueRecord | Refuse:
        """One tier down, or a supervisor called off."""
        directory = await work.tx.principals.directory()
        verdict = await work.ask(may_deescalate, actor, record.issue, directory.who_is(actor))
        if isinstance(verdict, Refuse):
            return verdict
        assignee = record.issue.assignee
        issue = deescalated(record.issue, None if assignee is None else directory.who_is(assignee))
        await work.save(issue)
        called = await self.load_called(work, issue)
        await work.decide(lane_of_issue(issue.id), decide_on_deescalation(issue, actor, reason, called))
        await call_in(work, issue, called)
        work.notices += await build_notices(work.tx, issue)
        log.info("escalation.down", issue=issue.id, tier=issue.tier.name, wanted=issue.wanted)
        return replace(record, issue=issue)

    async def load_called(self, work: Work, issue: Issue, wanted: Wanted | None = None) -> tuple[UserId, ...]:
        """Whom an escalated issue waits for by name: those on duty now.

        :param wanted: whom it should wait for, if not whom it does.
        """
        wanted = wanted or issue.wanted
        if wanted is None or issue.status is not Status.OPEN:
            return ()
        called = await _load_called(work, issue.tier, wanted, () if issue.assignee is None else (issue.assignee,))
        return called[: self._most_called]


async def call_in(work: Work, issue: Issue, called: Sequence[UserId]) -> None:
    """Let them into both rooms, each in their own time."""
    for user_id in called:
        await work.decide(lane_of_call(issue.id, user_id), (CallIn(issue.id, user_id),))


async def take_over(work: Work, record: IssueRecord, person: Person) -> IssueRecord:
    """Somebody for whom an escalated issue waited answers for it now."""
    before = record.issue.assignee
    issue = settled_with(record.issue, person)
    await work.note("taken over", person.user_id, issue=record.issue)
    await work.save(issue)
    await work.decide(lane_of_issue(issue.id), decide_on_taking_over(issue, before))
    if issue.parent is not None:
        # What was said and found before, they read where it was.
        await work.decide(lane_of_call(issue.id, person.user_id), (LetIn(issue.parent, Side.STAFF, person.user_id),))
    work.notices.append(IssueChanged(issue.id))
    log.info("escalation.taken", issue=issue.id, by=person.user_id)
    return replace(record, issue=issue)


async def load_record(work: Work, issue_id: IssueId) -> IssueRecord:
    """The issue.

    :raises Unknown: if there is none.
    """
    record = await work.tx.issues.load(issue_id)
    if record is None:
        raise Unknown("issue", issue_id)
    return record


async def _load_called(work: Work, tier: Tier, wanted: Wanted, besides: Collection[UserId]) -> tuple[UserId, ...]:
    directory = await work.tx.principals.directory()
    on_duty = {person.user_id for person in directory.staff()} - await work.tx.duties.off()
    return decide_call(directory, tier, wanted, on_duty, await work.tx.issues.open_by_assignee(), besides)
