"""What a guest says beside the conversation: how it was, and where to tell them that somebody came."""

from __future__ import annotations

from datetime import timedelta

from bridge.desk.escalations import load_record
from bridge.desk.work import Work, lane_of_issue
from bridge.errors import Unknown
from bridge.ports import IssueChanged, IssueRecord, Principal
from policies.hooks import HookEvent
from policies.names import IssueId, Role
from policies.outcomes import Refuse
from policies.ratings import decide_on_rating, may_rate
from policies.waiting import decide_on_contact, may_leave_contact


async def rate(
    work: Work, guest: Principal, issue_id: IssueId, rating: int, comment: str, within: timedelta
) -> IssueRecord | Refuse:
    """A guest rates how the present epoch of their own issue ended, or thinks better of it.

    :raises Unknown: if there is no such issue, or it is another guest's.
    """
    record = await _load_own(work, guest, issue_id)
    issue = record.issue
    endings = await work.tx.issues.endings(issue_id)
    ended_for = work.now - endings[-1].at if endings else timedelta()
    person = (await work.tx.principals.directory()).who_is(guest.user_id)
    verdict = await work.ask(may_rate, guest.user_id, issue, person, ended_for, within)
    if isinstance(verdict, Refuse):
        return verdict
    epochs = (await work.tx.epochs.of([issue_id]))[issue_id]
    before = next((epoch for epoch in epochs if epoch.epoch == issue.epoch), None)
    if before is not None and (before.rating, before.comment) == (rating, comment):
        return record  # the same once more says nothing new
    await work.note("rated", guest.user_id, issue=issue, rating=rating)
    await work.tx.epochs.begin(issue_id, issue.epoch, record.queued_at)
    work.announce(HookEvent.RATED, issue, {"comment": comment}, rating=rating)
    await work.tx.epochs.rate(issue_id, issue.epoch, rating, comment, work.now)
    is_changed = before is not None and before.rating is not None
    await work.decide(lane_of_issue(issue_id), decide_on_rating(issue, rating, comment, is_changed=is_changed))
    work.notices.append(IssueChanged(issue_id))
    return record


async def leave_contact(work: Work, guest: Principal, issue_id: IssueId, contact: str) -> IssueRecord | Refuse:
    """A guest says where they want to be told that somebody is there for them.

    :raises Unknown: if there is no such issue, or it is another guest's.
    """
    record = await _load_own(work, guest, issue_id)
    person = (await work.tx.principals.directory()).who_is(guest.user_id)
    verdict = await work.ask(may_leave_contact, guest.user_id, record.issue, person)
    if isinstance(verdict, Refuse):
        return verdict
    await work.tx.contacts.set(issue_id, contact, work.now)
    await work.decide(lane_of_issue(issue_id), decide_on_contact(record.issue))
    work.notices.append(IssueChanged(issue_id))
    return await load_record(work, issue_id)


async def _load_own(work: Work, guest: Principal, issue_id: IssueId) -> IssueRecord:
    record = await load_record(work, issue_id)
    if guest.role is Role.GUEST and record.guest_id != guest.id:
        raise Unknown("issue", issue_id)
    return record
