"""The verbs of an issue: open, claim, hand over, conclude, write, share.

Each loads, asks a rule, decides what follows, and writes both the change and its consequences in one transaction.
A refusal is returned; an issue, room or person that does not exist for whoever asks raises `Unknown`. The chat commands
(`intake`) use the same verbs inside the transaction that stores the event they came from.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import uuid4

from bridge.desk.cover import load_present_cover
from bridge.desk.escalations import Escalations, load_record, take_over
from bridge.desk.feedback import leave_contact, rate
from bridge.desk.floor import ask_for_room, load_floor
from bridge.desk.group import bring_guest
from bridge.desk.lobby import lane_of_guest, lobby_of
from bridge.desk.shares import share, unshare
from bridge.desk.work import Work, WorkPlace, lane_of_issue
from bridge.desk.writing import Sent, write
from bridge.errors import Unknown
from bridge.ports import Ending, IssueChanged, IssueRecord, Principal, Transaction, Words, WordsId, WordsKept
from policies.actions import InviteGuest
from policies.consequences import decide_on_claim, decide_on_conclusion, decide_on_handover, decide_on_opening
from policies.cover import is_cover
from policies.escalation import Mode
from policies.hooks import HookEvent
from policies.issue import Conclusion, Issue, Status
from policies.lifecycle import claimed, concluded, may_claim, may_conclude, may_hand_over, settled_with
from policies.names import EventId, IssueId, Role, Tier, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Directory
from policies.reopening import decide_on_reopening, may_reopen, reopened
from policies.waiting import decide_on_being_there

AlsoOpened = Callable[[Transaction, IssueRecord], Awaitable[None]]
REOPEN_WITHIN: Final = timedelta(days=7)
MOST_CALLED: Final = 10


class Desk:
    """What people do to issues, whichever door they come by."""

    def __init__(
        self,
        place: WorkPlace,
        robots: Sequence[UserId],
        reopen_within: timedelta = REOPEN_WITHIN,
        capacity: int | None = None,
        most_called: int = MOST_CALLED,
    ) -> None:
        """A desk.

        :param robots: who is in every staff room from the start.
        :param capacity: how many open issues an employee may have who has no number of their own; None for no limit.
        :param most_called: how many people are called in for an escalated issue at once.
        """
        self._place = place
        self._capacity = capacity
        self._robots = robots
        self._reopen_within = reopen_within
        self.escalations = Escalations(robots, most_called)

    async def open_issue(
        self,
        guest: Principal,
        subject: str,
        message: str,
        also: AlsoOpened | None = None,
        *,
        is_group: bool = False,
    ) -> IssueRecord:
        """A guest's first word: kept durably, queued, and shown to the tier that answers first.

        :param also: what else is to be true at once.
        """
        async with self._place.begin() as work:
            record = await work.tx.issues.add(
                guest.id, guest.user_id, subject, message, Tier.T1, work.now, is_group=is_group
            )
            issue_id = record.issue.id
            await work.note("opened", guest.user_id, issue=record.issue)
            await work.tx.epochs.begin(issue_id, record.issue.epoch, work.now)
            await work.set_deadlines(record.issue)
            work.announce(HookEvent.OPENED, record.issue, {"message": message})
            words_id = WordsId(uuid4().hex)
            # Its own id for a transaction id: no client can have given other words that one.
            first = Words(words_id, guest.id, guest.user_id, lobby_of(issue_id), words_id, message, issue_id, work.now)
            await work.tx.words.add(first)
            await work.decide(lane_of_issue(issue_id), decide_on_opening(record.issue))
            work.notices.append(IssueChanged(issue_id))
            if also is not None:
                await also(work.tx, record)
            return record

    async def claim(self, actor: UserId, issue_id: IssueId) -> IssueRecord | Refuse:
        """Take a queued issue. Of two who do it at once exactly one gets it; the other is told who did."""
        async with self._place.begin() as work:
            return await self.claim_within(work, actor, issue_id)

    async def claim_within(self, work: Work, actor: UserId, issue_id: IssueId) -> IssueRecord | Refuse:
        """`claim`, inside work that is under way."""
        record = await _load(work, issue_id)
        if record.issue.status is Status.OPEN and record.issue.assignee == actor:
            return record  # who was not told that their claim was heard asks again
        directory = await work.tx.principals.directory()
        person = directory.who_is(actor)
        verdict: Verdict = ALLOW
        if may_claim(record.issue, person):  # the log asks last what decides: a claim that it allows is one
            verdict = await ask_for_room(work, actor, person, self._capacity)
        verdict = verdict and await work.ask(may_claim, actor, record.issue, person)
        if isinstance(verdict, Refuse):
            return verdict
        if record.issue.status is Status.OPEN:
            return await take_over(work, record, directory.who_is(actor))
        behind = await work.tx.issues.queued(record.issue.tier)
        issue = claimed(record.issue, actor)
        await work.save(issue)
        waiting = [words.id for words in await work.tx.words.waiting(issue_id)]
        await work.decide(lane_of_issue(issue_id), decide_on_claim(issue, actor, waiting, self._robots))
        await _tell_guest(work, issue_id)
        await _invite_companions(work, issue)
        work.notices += [IssueChanged(other.issue.id) for other in behind]  # itself, and all who moved up
        return replace(record, issue=issue)

    async def hand_over(self, actor: UserId, issue_id: IssueId, to: UserId) -> IssueRecord | Refuse:
        """Make a colleague answerable."""
        async with self._place.begin() as work:
            return await self.hand_over_within(work, actor, issue_id, to)

    async def hand_over_within(self, work: Work, actor: UserId, issue_id: IssueId, to: UserId) -> IssueRecord | Refuse:
        """`hand_over`, inside work that is under way."""
        record = await _load(work, issue_id)
        directory = await work.tx.principals.directory()
        who, whom = directory.who_is(actor), directory.who_is(to)
        verdict: Verdict = ALLOW
        is_more = to != record.issue.assignee and not who.has_rank(Role.SUPERVISOR)
        if is_more and may_hand_over(record.issue, who, whom):  # as with a claim
            verdict = await ask_for_room(work, actor, whom, self._capacity)
        verdict = verdict and await work.ask(may_hand_over, actor, record.issue, who, whom)
        if isinstance(verdict, Refuse):
            return verdict
        issue = settled_with(record.issue, directory.who_is(to))
        await work.save(issue)
        await work.decide(lane_of_issue(issue_id), decide_on_handover(issue, record.issue.assignee))
        work.notices.append(IssueChanged(issue_id))
        return replace(record, issue=issue)

    async def escalate(
        self, actor: UserId, issue_id: IssueId, mode: Mode, reason: str, note: str = ""
    ) -> IssueRecord | Refuse:
        """One tier up, in place or to a new room. Of two who do it at once, and are below that tier, one does it."""
        async with self._place.begin() as work:
            return await self.escalations.escalate(work, actor, await load_record(work, issue_id), mode, reason, note)

    async def deescalate(self, actor: UserId, issue_id: IssueId, reason: str = "") -> IssueRecord | Refuse:
        """One tier down."""
        async with self._place.begin() as work:
            return await self.escalations.deescalate(work, actor, await load_record(work, issue_id), reason)

    async def conclude(
        self, actor: UserId, issue_id: IssueId, conclusion: Conclusion, note: str
    ) -> IssueRecord | Refuse:
        """End the present epoch, by whom and why."""
        async with self._place.begin() as work:
            return await self.conclude_within(work, actor, issue_id, conclusion, note)

    async def conclude_within(
        self, work: Work, actor: UserId, issue_id: IssueId, conclusion: Conclusion, note: str
    ) -> IssueRecord | Refuse:
        """`conclude`, inside work that is under way."""
        record = await _load(work, issue_id)
        directory = await work.tx.principals.directory()
        verdict = await work.ask(may_conclude, actor, record.issue, directory.who_is(actor))
        if isinstance(verdict, Refuse):
            return verdict
        behind = await work.tx.issues.queued(record.issue.tier) if record.issue.status is Status.QUEUED else ()
        issue = concluded(record.issue, conclusion)
        await work.save(issue)
        await work.tx.issues.end(Ending(issue_id, issue.epoch, conclusion, actor, note, work.now))
        await work.decide(lane_of_issue(issue_id), decide_on_conclusion(issue, conclusion, actor, note))
        work.notices += [IssueChanged(other.issue.id) for other in behind] or [IssueChanged(issue_id)]
        return replace(record, issue=issue)

    async def bring_guest(self, actor: UserId, issue_id: IssueId, guest: UserId) -> IssueRecord | Refuse:
        """Bring another guest into a group issue: now, or with the next claim if it waits for one."""
        async with self._place.begin() as work:
            return await bring_guest(work, actor, issue_id, guest)

    async def reopen(self, actor: Principal, issue_id: IssueId, message: str | None) -> IssueRecord | Refuse:
        """Begin a new epoch. A guest reopens their own issue, with what they want to say.

        :raises Unknown: if there is no such issue, or it is another guest's.
        """
        async with self._place.begin() as work:
            record = await _load(work, issue_id)
            if actor.role is Role.GUEST and record.guest_id != actor.id:
                raise Unknown("issue", issue_id)
            words_id = WordsId(uuid4().hex) if message is not None and actor.id == record.guest_id else None
            outcome = await self.reopen_within(work, actor.user_id, record, [] if words_id is None else [words_id])
            if isinstance(outcome, IssueRecord) and words_id is not None and message is not None:
                place = lobby_of(issue_id)
                words = Words(words_id, actor.id, actor.user_id, place, words_id, message, issue_id, work.now)
                await work.tx.words.add(words)
                work.notices.append(WordsKept(words))
            return outcome

    async def reopen_within(
        self, work: Work, actor: UserId, record: IssueRecord, words: Sequence[WordsId] = ()
    ) -> IssueRecord | Refuse:
        """`reopen`, inside work that is under way."""
        issue_id = record.issue.id
        directory = await work.tx.principals.directory()
        endings = await work.tx.issues.endings(issue_id)
        ended_for = work.now - endings[-1].at if endings else timedelta()
        who = directory.who_is(actor)
        verdict = await work.ask(may_reopen, actor, record.issue, who, ended_for, self._reopen_within)
        if isinstance(verdict, Refuse):
            return verdict
        to = await load_present_cover(work, record.issue, directory)
        issue = reopened(record.issue, to or await self._former_assignee(work, record.issue, directory))
        await work.save(issue)
        await work.tx.epochs.begin(issue_id, issue.epoch, work.now)
        if issue.assignee is None:
            await work.tx.issues.queue_last(issue_id, work.now)
        await work.decide(lane_of_issue(issue_id), decide_on_reopening(issue, actor, words, self._robots))
        await _invite_companions(work, issue)
        work.notices.append(IssueChanged(issue_id))
        return replace(record, issue=issue)

    async def _former_assignee(self, work: Work, issue: Issue, directory: Directory) -> UserId | None:
        """Whoever answered for it is asked back, unless they are off duty, have enough to do, or are staff no more."""
        who = issue.assignee
        if who is None or issue.guest_room is None or not is_cover(who, directory):
            return None
        floor = await load_floor(work.tx, self._capacity)
        return None if who in floor.off_duty or floor.is_full(directory.who_is(who)) else who

    async def write(
        self, author: Principal, place: str, txn_id: str, body: str, reply_to: EventId | None = None
    ) -> Words | Refuse:
        """Accept somebody's words: when this returns they are durable, and will be in the room exactly once.

        The same transaction id from the same author in the same place is the same words; answers the first ones.
        """
        async with self._place.begin() as work:
            return await write(work, author, place, Sent(txn_id, body, reply_to), self.reopen_within)

    async def share(self, actor: UserId, issue_id: IssueId, event_id: EventId, body: str | None) -> str | Refuse:
        """Give the guest a copy of an answer, with another text if `body` is given. Answers the share's id."""
        async with self._place.begin() as work:
            return await self.share_within(work, actor, issue_id, event_id, body)

    async def share_within(
        self, work: Work, actor: UserId, issue_id: IssueId, event_id: EventId, body: str | None
    ) -> str | Refuse:
        """`share`, inside work that is under way."""
        return await share(work, actor, issue_id, event_id, body)

    async def unshare(self, actor: UserId, issue_id: IssueId, event_id: EventId) -> list[str] | Refuse:
        """Take back what the guest has of an answer, or of one share of it. Answers the ids of the shares."""
        async with self._place.begin() as work:
            return await unshare(work, actor, issue_id, event_id)

    async def rate(self, guest: Principal, issue_id: IssueId, rating: int, comment: str) -> IssueRecord | Refuse:
        """A guest says how it was, each time that it ended."""
        async with self._place.begin() as work:
            return await rate(work, guest, issue_id, rating, comment, self._reopen_within)

    async def leave_contact(self, guest: Principal, issue_id: IssueId, contact: str) -> IssueRecord | Refuse:
        """A guest says where they want to be told that somebody is there for them."""
        async with self._place.begin() as work:
            return await leave_contact(work, guest, issue_id, contact)


async def _tell_guest(work: Work, issue_id: IssueId) -> None:
    """Somebody is there: a guest who left an address is told, and those who can write to it are."""
    contact = await work.tx.contacts.load(issue_id)
    if contact is not None and contact.told_at is None:
        record = await _load(work, issue_id)
        await work.tx.contacts.told(issue_id, work.now)
        await work.decide(lane_of_issue(issue_id), decide_on_being_there(record.issue, contact.contact))


async def _invite_companions(work: Work, issue: Issue) -> None:
    if issue.status is Status.OPEN:
        for user_id in issue.companions:
            await work.decide(lane_of_guest(issue.id, user_id), (InviteGuest(issue.id, user_id),))


async def _load(work: Work, issue_id: IssueId) -> IssueRecord:
    record = await work.tx.issues.load(issue_id)
    if record is None:
        raise Unknown("issue", issue_id)
    return record
