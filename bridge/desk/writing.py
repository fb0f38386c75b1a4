"""Words that come by gateway and API: accepted durably, and in the room exactly once.

place ─▶ may they be there? ─▶ where the conversation is now ─▶ seen before? ─▶ may they write? ─▶ kept
                                                                                    ├ queued: they wait
                                                                                    ├ open: posted
                                                                                    └ guest-disengaged: reopened
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from bridge.desk.escalations import load_record
from bridge.desk.line import load_earlier, load_last
from bridge.desk.lobby import LOBBY, load_enterable_room, lobby_of
from bridge.desk.work import Work, lane_of_issue, lane_of_room
from bridge.errors import Unknown
from bridge.ports import IssueRecord, Principal, Words, WordsId, WordsKept
from policies.actions import PostWords
from policies.issue import Issue, Status
from policies.lifecycle import may_write
from policies.names import Code, EventId, IssueId, RoomId, Rule, UserId
from policies.outcomes import Refuse
from policies.rooms import Membership

Reopen = Callable[[Work, UserId, IssueRecord, Sequence[WordsId]], Awaitable[IssueRecord | Refuse]]

_OUT: Final = Refuse(Rule.G2, Code.NOT_A_MEMBER, "You are no longer in this room.", {"joined": "no"})


@dataclass(frozen=True, slots=True)
class Sent:
    """What a client sent."""

    txn_id: str
    body: str
    reply_to: EventId | None = None


async def write(work: Work, author: Principal, place: str, sent: Sent, reopen: Reopen) -> Words | Refuse:
    """Accept somebody's words. A guest's go to where their conversation is now, wherever they were written.

    :param reopen: begins a new epoch of an issue with the words in it.
    :raises Unknown: if the place does not exist for its author.
    """
    issue_id = await _may_be_at(work, author, place)
    if isinstance(issue_id, Refuse):
        return issue_id
    record = None if issue_id is None else await load_record(work, issue_id)
    is_theirs = record is not None and author.user_id in record.issue.everyone
    places = [place]
    if record is not None and is_theirs:
        # It may have gone on in other issues since, and the same words may have been sent in any of them.
        record = await load_last(work.tx, record)
        issue_id = record.issue.id
        places = [lobby_of(one.issue.id) for one in (record, *await load_earlier(work.tx, record.issue))]
    for one in places:
        known = await work.tx.words.load_by_txn(author.id, one, sent.txn_id)
        if known is not None:
            return known if known.body == sent.body else _reused(sent.txn_id)
    if record is not None:
        verdict = may_write(record.issue, (await work.tx.principals.directory()).who_is(author.user_id))
        if isinstance(verdict, Refuse):
            return verdict
    words = Words(
        WordsId(uuid4().hex),
        author.id,
        author.user_id,
        places[0],
        sent.txn_id,
        sent.body,
        issue_id,
        work.now,
        sent.reply_to,
    )
    if record is not None and is_theirs and record.issue.status is Status.CONCLUDED:
        outcome = await reopen(work, author.user_id, record, [words.id])
        if isinstance(outcome, Refuse):
            return outcome
    elif record is None or record.issue.status is not Status.QUEUED:
        lane = lane_of_room(RoomId(places[0])) if issue_id is None else lane_of_issue(issue_id)
        await work.decide(lane, (PostWords(words.id),))
    await work.tx.words.add(words)
    work.notices.append(WordsKept(words))
    return words


async def _may_be_at(work: Work, author: Principal, place: str) -> IssueId | Refuse | None:
    """The issue of the place, if it has one; a refusal, or `Unknown`, for who does not belong there."""
    if place.startswith(LOBBY):
        issue_id = IssueId(place.removeprefix(LOBBY))
        record = await work.tx.issues.load(issue_id)
        if record is None or record.guest_id != author.id:
            raise Unknown("room", place)
        last = await load_last(work.tx, record)
        return _OUT if await _was_removed(work, last.issue) else issue_id
    room = await work.tx.rooms.load(RoomId(place))
    if room is None or not await work.tx.rooms.visible_stretches(room.room_id, author.user_id):
        raise Unknown("room", place)
    if await _is_in(work, room.room_id, author.user_id):
        return room.issue_id
    if room.issue_id is None:
        return _OUT
    record = await load_record(work, room.issue_id)
    if author.user_id in record.issue.everyone and await _may_go_on(work, record):
        return record.issue.id
    return _OUT


async def _is_in(work: Work, room_id: RoomId, user_id: UserId) -> bool:
    return await work.tx.rooms.membership(room_id, user_id) is Membership.JOIN


async def _was_removed(work: Work, issue: Issue) -> bool:
    """Whether somebody took the guest out of their room: words that were accepted now could not be posted."""
    if issue.status is not Status.OPEN or await load_enterable_room(work.tx, issue) is None:
        return False
    assert issue.guest_room is not None  # noqa: S101  # it can be entered
    return not await _is_in(work, issue.guest_room, issue.guest) and not await _is_between_stays(work, issue)


async def _may_go_on(work: Work, record: IssueRecord) -> bool:
    """Whether a guest who is out of the room they write to is heard all the same: the conversation is elsewhere now,
    will be in the room again, or ended. Then `may_write` says what they may do, and they hear of reopening.
    """
    last = (await load_last(work.tx, record)).issue
    if last.id != record.issue.id:
        return not await _was_removed(work, last)
    if last.status is Status.CONCLUDED:
        return True
    return await _is_between_stays(work, last)


async def _is_between_stays(work: Work, issue: Issue) -> bool:
    """Whether the guest went back to the lobby, or is on the way out of it: what they write now waits for the room."""
    if issue.status is Status.QUEUED:
        return True
    return issue.status is Status.OPEN and await work.tx.outbox.unfinished(lane_of_issue(issue.id)) > 0


def _reused(txn_id: str) -> Refuse:
    return Refuse(
        Rule.A1,
        Code.TXN_REUSED,
        "This transaction id was used for other words already; take a new one.",
        {"txn_id": txn_id},
    )
