"""Sharing an answer with the guest, and taking the copy back (rule S1), inside work that is under way."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from bridge.desk.audit import about_issue
from bridge.desk.cover import take_answer
from bridge.desk.escalations import load_record
from bridge.desk.sharing import build_shared_content
from bridge.desk.work import Work, lane_of_issue
from bridge.errors import Unknown
from bridge.ports import IssueChanged, ShareRecord
from policies.actions import Share, Unshare
from policies.content import as_mapping, text_at
from policies.issue import WaitingOn
from policies.names import ANSWER_KEY, SHARE_KEY, EventId, IssueId, UserId
from policies.outcomes import Refuse
from policies.sharing import may_share, may_unshare


async def share(work: Work, actor: UserId, issue_id: IssueId, event_id: EventId, body: str | None) -> str | Refuse:
    """Give the guest a copy of an answer, with another text if `body` is given. Answers the share's id.

    :raises Unknown: if there is no such issue, or no such event in its staff room.
    """
    record = await load_record(work, issue_id)
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
    await work.tx.epochs.answer(issue_id, record.issue.epoch, actor, work.now)
    if record.issue.waiting_on is WaitingOn.STAFF:
        await work.save(replace(record.issue, waiting_on=WaitingOn.GUEST))  # a shared answer is one
        await take_answer(work, record.issue)
        work.notices.append(IssueChanged(issue_id))
    share_id = uuid4().hex
    shared = build_shared_content(content, share_id, body)
    edited = body is not None
    await work.tx.shares.add(ShareRecord(share_id, issue_id, event_id, actor, work.now, edited))
    await work.decide(lane_of_issue(issue_id), (Share(issue_id, share_id, event_id, actor, shared, edited=edited),))
    return share_id


async def unshare(work: Work, actor: UserId, issue_id: IssueId, event_id: EventId) -> list[str] | Refuse:
    """Take back what the guest has of an answer. Answers the ids of the shares.

    :param event_id: the answer: every copy of it; or the note about one share: that one.
    :raises Unknown: if there is no such issue, or no such event in its staff room.
    """
    record = await load_record(work, issue_id)
    source = await work.tx.events.load(event_id)
    if source is None or source.event.room_id != record.issue.staff_room:
        raise Unknown("answer", event_id)
    noted = text_at(as_mapping(source.event.content.get(SHARE_KEY)), "id")
    shared = [
        one.id
        for one in await work.tx.shares.of_issue(issue_id)
        if one.taken_back_at is None and (one.id == noted or one.source == event_id)
    ]
    person = (await work.tx.principals.directory()).who_is(actor)
    about = about_issue(issue_id)
    verdict = await work.ask(may_unshare, actor, person, about=about, is_shared=bool(shared))
    if isinstance(verdict, Refuse):
        return verdict
    for share_id in shared:
        await work.tx.shares.take_back(share_id, actor, work.now)
        await work.decide(lane_of_issue(issue_id), (Unshare(issue_id, share_id, actor),))
    return shared
