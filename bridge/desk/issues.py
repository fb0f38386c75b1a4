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

from bridge.desk.cover import load_present_cover, take_answer
from bridge.desk.floor import ask_for_room, load_floor
from bridge.desk.sharing import build_shared_content
from bridge.desk.work import Work, WorkPlace, lane_of_issue, lane_of_room
from bridge.errors import Unknown
from bridge.ports import Ending, IssueChanged, IssueRecord, Principal, Transaction, Words, WordsId, WordsKept
from policies.actions import InviteGuest, PostWords, Share
from policies.consequences import decide_on_claim, decide_on_conclusion, decide_on_handover, decide_on_opening
from policies.cover import is_cover
from policies.groups import decide_on_bringing, may_bring_guest
from policies.hooks import HookEvent
from policies.issue import Conclusion, Issue, Status, WaitingOn
from policies.lifecycle import claimed, concluded, handed_over, may_claim, may_conclude, may_hand_over, may_write
from policies.names import ANSWER_KEY, Code, EventId, IssueId, Role, RoomId, Rule, Tier, UserId
from policies.outcomes import Refuse
from policies.people import Directory
from policies.reopening import decide_on_reopening, may_reopen, reopened
from policies.rooms import Membership
from policies.sharing import may_share

LOBBY = "lobby:"
AlsoOpened = Callable[[Transaction, IssueRecord], Awaitable[None]]
REOPEN_WITHIN: Final = timedelta(days=7)


def lobby_of(issue_id: IssueId) -> str:
    """The place where a guest waits, addressed as if it were a room."""
    return f"{LOBBY}{issue_id}"


async def load_enterable_room(tx: Transaction, issue: Issue, guest: UserId | None = None) -> RoomId | None:
    """The guest room, once its guest was let into it; before that a guest who was told of it could not enter.

    :param guest: which of a group's; whoever opened the issue if not given.
    """
    if issue.guest_room is None or not await tx.rooms.visible_stretches(issue.guest_room, guest or issue.guest):
        return None
    return issue.guest_room


def lane_of_guest(issue_id: IssueId, user_id: UserId) -> str:
    """Beside the issue's own lane: a server that does not answer holds up nobody but its own guest."""
    return f"guest:{issue_id}:{user_id}"


class Desk:
    """What people do to issues, whichever door they come by."""

    def __init__(
        self,
        place: WorkPlace,
        robots: Sequence[UserId],
        reopen_within: timedelta = REOPEN_WITHIN,
        capacity: int | None = None,
    ) -> None:
        """A desk.

        :param robots: who is in every staff room from the start.
        :param capacity: how many open issues an employee may have who has no number of their own; None for no limit.
        """
        self._place = place
        self._capacity = capacity
        self._robots = robots
        self._reopen_within = reopen_within

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
        directory = await work.tx.principals.directory()
        verdict = await work.ask(may_claim, actor, record.issue, directory.who_is(actor))
        verdict = verdict and await ask_for_room(work, actor, directory.who_is(actor), self._capacity)
        if isinstance(verdict, Refuse):
            return verdict
        behind = await work.tx.issues.queued(record.issue.tier)
        issue = claimed(record.issue, actor)
        await work.save(issue)
        waiting = [words.id for words in await work.tx.words.waiting(issue_id)]
        await work.decide(lane_of_issue(issue_id), decide_on_claim(issue, actor, waiting, self._robots))
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
        verdict = await work.ask(may_hand_over, actor, record.issue, directory.who_is(actor), directory.who_is(to))
        if verdict and to != record.issue.assignee and not directory.who_is(actor).has_rank(Role.SUPERVISOR):
            verdict = await ask_for_room(work, actor, directory.who_is(to), self._capacity)
        if isinstance(verdict, Refuse):
            return verdict
        issue = handed_over(record.issue, to)
        await work.save(issue)
        await work.decide(lane_of_issue(issue_id), decide_on_handover(issue, record.issue.assignee))
        work.notices.append(IssueChanged(issue_id))
        return replace(record, issue=issue)

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
            record = await _load(work, issue_id)
            directory = await work.tx.principals.directory()
            person = directory.who_is(guest)
            verdict = await work.ask(may_bring_guest, actor, record.issue, directory.who_is(actor), person)
            if isinstance(verdict, Refuse):
                return verdict
            if directory.is_ghost(guest) and await work.tx.principals.load_by_user(guest) is None:
                raise Unknown("guest", guest)
            await work.tx.issues.add_guest(issue_id, guest)
            after = await _load(work, issue_id)
            lane = lane_of_guest(issue_id, guest)
            await work.decide(lane, decide_on_bringing(after.issue, person, directory))
            work.notices.append(IssueChanged(issue_id))
            return after

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
        if issue.assignee is None:
            await work.tx.issues.queue_last(issue_id, work.now)
        await work.decide(lane_of_issue(issue_id), decide_on_reopening(issue, actor, words, self._robots))
        await _invite_companions(work, issue)
        work.notices.append(IssueChanged(issue_id))
        return replace(record, issue=issue)

    async def _former_assignee(self, work: Work, issue: Issue, directory: Directory) -> UserId | None:
        """Whoever answered for it is asked back, unless they are off duty, have enough to do, or are no longer staff."""
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
            issue_id = await self._may_be_at(work, author, place)
            if isinstance(issue_id, Refuse):
                return issue_id
            record = None if issue_id is None else await _load(work, issue_id)
            if record is not None and author.user_id in record.issue.everyone:
                place = lobby_of(record.issue.id)
            known = await work.tx.words.load_by_txn(author.id, place, txn_id)
            if known is not None:
                return known if known.body == body else _reused(txn_id)
            if record is not None:
                verdict = may_write(record.issue, (await work.tx.principals.directory()).who_is(author.user_id))
                if isinstance(verdict, Refuse):
                    return verdict
            words = Words(
                WordsId(uuid4().hex), author.id, author.user_id, place, txn_id, body, issue_id, work.now, reply_to
            )
            await work.tx.words.add(words)
            work.notices.append(WordsKept(words))
            if record is None or record.issue.status is not Status.QUEUED:
                lane = lane_of_room(RoomId(place)) if issue_id is None else lane_of_issue(issue_id)
                await work.decide(lane, (PostWords(words.id),))
            return words

    async def _may_be_at(self, work: Work, author: Principal, place: str) -> IssueId | Refuse | None:
        """The issue of the place, if it has one; a refusal, or `Unknown`, for who does not belong there."""
        if place.startswith(LOBBY):
            issue_id = IssueId(place.removeprefix(LOBBY))
            record = await work.tx.issues.load(issue_id)
            if record is None or record.guest_id != author.id:
                raise Unknown("room", place)
            return _OUT if await _was_removed(work, record.issue) else issue_id
        room = await work.tx.rooms.load(RoomId(place))
        if room is None or not await work.tx.rooms.visible_stretches(room.room_id, author.user_id):
            raise Unknown("room", place)
        if await work.tx.rooms.membership(room.room_id, author.user_id) is not Membership.JOIN:
            record = None if room.issue_id is None else await _load(work, room.issue_id)
            is_theirs = record is not None and author.user_id in record.issue.everyone
            if record is not None and is_theirs and await _is_between_stays(work, record.issue):
                return record.issue.id
            return _OUT
        return room.issue_id

    async def share(self, actor: UserId, issue_id: IssueId, event_id: EventId, body: str | None) -> str | Refuse:
        """Give the guest a copy of an answer, with another text if `body` is given. Answers the share's id."""
        async with self._place.begin() as work:
            return await self.share_within(work, actor, issue_id, event_id, body)

    async def share_within(
        self, work: Work, actor: UserId, issue_id: IssueId, event_id: EventId, body: str | None
    ) -> str | Refuse:
        """`share`, inside work that is under way."""
        record = await _load(work, issue_id)
        source = await work.tx.events.load(event_id)
        if source is None or source.event.room_id != record.issue.staff_room:
            raise Unknown("answer", event_id)
        content = await work.tx.events.newest_content(event_id) or {}
        answer = content.get(ANSWER_KEY)
        directory = await work.tx.principals.directory()
        verdict = await work.ask(
            may_share,
            actor,
            directory.who_is(actor),
            directory.who_is(source.event.sender),
            {"state": answer.get("state")} if isinstance(answer, dict) and answer else {},  # what it says is no fact
            record.issue,
        )
        if isinstance(verdict, Refuse):
            return verdict
        if record.issue.waiting_on is WaitingOn.STAFF:
            await work.save(replace(record.issue, waiting_on=WaitingOn.GUEST))  # a shared answer is one
            await take_answer(work, record.issue)
            work.notices.append(IssueChanged(issue_id))
        share_id = uuid4().hex
        shared = build_shared_content(content, share_id, body)
        await work.decide(
            lane_of_issue(issue_id),
            (Share(issue_id, share_id, event_id, actor, shared, edited=body is not None),),
        )
        return share_id


async def _invite_companions(work: Work, issue: Issue) -> None:
    if issue.status is Status.OPEN:
        for user_id in issue.companions:
            await work.decide(lane_of_guest(issue.id, user_id), (InviteGuest(issue.id, user_id),))


_OUT = Refuse(Rule.G2, Code.NOT_A_MEMBER, "You are no longer in this room.", {"joined": "no"})


async def _was_removed(work: Work, issue: Issue) -> bool:
    """Whether somebody took the guest out of their room: words that were accepted now could not be posted."""
    if issue.status is not Status.OPEN or await load_enterable_room(work.tx, issue) is None:
        return False
    assert issue.guest_room is not None  # noqa: S101  # it can be entered
    is_in = await work.tx.rooms.membership(issue.guest_room, issue.guest) is Membership.JOIN
    return not is_in and not await _is_between_stays(work, issue)


async def _is_between_stays(work: Work, issue: Issue) -> bool:
    """Whether the guest went back to the lobby, or is on the way out of it: what they write now waits for the room."""
    if issue.status is Status.QUEUED:
        return True
    return issue.status is Status.OPEN and await work.tx.outbox.unfinished(lane_of_issue(issue.id)) > 0


async def _load(work: Work, issue_id: IssueId) -> IssueRecord:
    record = await work.tx.issues.load(issue_id)
    if record is None:
        raise Unknown("issue", issue_id)
    return record


def _reused(txn_id: str) -> Refuse:
    return Refuse(
        Rule.A1,
        Code.TXN_REUSED,
        "This transaction id was used for other words already; take a new one.",
        {"txn_id": txn_id},
    )
