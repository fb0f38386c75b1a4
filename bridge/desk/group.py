"""Bringing another guest into a group issue, inside work that is under way."""

from __future__ import annotations

from bridge.desk.lobby import lane_of_guest
from bridge.desk.work import Work
from bridge.errors import Unknown
from bridge.ports import IssueChanged, IssueRecord
from policies.groups import decide_on_bringing, may_bring_guest
from policies.names import IssueId, UserId
from policies.outcomes import Refuse


async def bring_guest(work: Work, actor: UserId, issue_id: IssueId, guest: UserId) -> IssueRecord | Refuse:
    """Now, or with the next claim if the issue waits for one.

    :raises Unknown: if there is no such issue, or no such guest of ours.
    """
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
    await work.decide(lane_of_guest(issue_id, guest), decide_on_bringing(after.issue, person, directory))
    work.notices.append(IssueChanged(issue_id))
    return after


async def _load(work: Work, issue_id: IssueId) -> IssueRecord:
    record = await work.tx.issues.load(issue_id)
    if record is None:
        raise Unknown("issue", issue_id)
    return record
