"""What is said in guest rooms: whose turn it is, who answered first, who takes an escalated issue over, and whether a
guest goes on with what ended because nothing was heard from them.

    guest ─┬ open ───────────────▶ the staff's turn
           ├ guest-disengaged ───▶ reopened
           └ goes on elsewhere ──▶ said there as well
    staff ── open ─▶ first answer noted ─▶ waited for? taken over ─▶ the guest's turn, their time begins anew
"""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from bridge.desk.cover import take_answer
from bridge.desk.escalations import take_over
from bridge.desk.issues import Desk
from bridge.desk.line import load_last
from bridge.desk.lobby import lobby_of
from bridge.desk.visible import edited_by
from bridge.desk.work import Work, lane_of_issue
from bridge.ports import IncomingEvent, IssueChanged, IssueRecord, Words, WordsId
from policies.actions import PostWords, Tell
from policies.content import text_at
from policies.issue import Conclusion, Side, Status, WaitingOn
from policies.lifecycle import is_waited_for
from policies.names import WORDS_KEY


class Turns:
    """Reads what guests and staff say to each other."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def take_message(self, work: Work, event: IncomingEvent) -> None:
        """One message in a guest room."""
        record = await work.tx.issues.load_by_room(event.room_id)
        if record is None:
            return
        if event.sender in record.issue.everyone:
            await self._take_guest(work, record, event)
        elif record.issue.status is Status.OPEN:
            await self._take_staff(work, record, event)

    async def _take_guest(self, work: Work, record: IssueRecord, event: IncomingEvent) -> None:
        issue = record.issue
        if issue.child is not None:
            await _say_there(work, record, event)
        elif issue.status is Status.CONCLUDED and issue.conclusion is Conclusion.GUEST_DISENGAGED:
            await self._desk.reopen_within(work, event.sender, record)
        elif issue.status is Status.OPEN and issue.waiting_on is not WaitingOn.STAFF:
            await work.save(replace(issue, waiting_on=WaitingOn.STAFF))
            work.notices.append(IssueChanged(issue.id))

    async def _take_staff(self, work: Work, record: IssueRecord, event: IncomingEvent) -> None:
        person = (await work.tx.principals.directory()).who_is(event.sender)
        if not person.is_staff:
            return
        await work.tx.epochs.answer(record.issue.id, record.issue.epoch, event.sender, work.now)
        if is_waited_for(record.issue, person):
            record = await take_over(work, record, person)
        was = record.issue.waiting_on
        await work.save(replace(record.issue, waiting_on=WaitingOn.GUEST))  # each answer gives the guest new time
        if was is not WaitingOn.GUEST:
            await take_answer(work, record.issue)
            work.notices.append(IssueChanged(record.issue.id))


async def _say_there(work: Work, record: IssueRecord, event: IncomingEvent) -> None:
    """A guest wrote into the old room with their own Matrix client, before it was closed to them."""
    body = text_at(event.content, "body")
    if not body or edited_by(event) is not None or text_at(event.content, WORDS_KEY):
        return  # what came by us was said in its place
    last = (await load_last(work.tx, record)).issue
    author = await work.tx.principals.load_by_user(event.sender)
    directory = await work.tx.principals.directory()
    lane = lane_of_issue(last.id)
    if author is None or not directory.is_ghost(event.sender):
        sentence = f"{event.sender} wrote in the room of issue {record.issue.id}: “{body}”"
        await work.decide(lane, (Tell(last.id, Side.STAFF, sentence),))
        return
    place = lobby_of(last.id)
    words_id = WordsId(uuid4().hex)
    words = Words(words_id, author.id, event.sender, place, event.event_id, body, last.id, work.now)
    if await work.tx.words.add(words) is None and last.status is Status.OPEN:
        await work.decide(lane, (PostWords(words_id),))
