"""How an issue stands, as the `issue` frame says it to guests and to staff."""

from __future__ import annotations

from bridge.desk.line import load_last
from bridge.desk.lobby import is_nobody_on_duty, load_enterable_room
from bridge.desk.visible import Viewers
from bridge.gateway.frames import IssueNow
from bridge.ports import IssueRecord, Store, Transaction
from policies.issue import Status
from policies.names import IssueId, RoomId


async def load_issue_now(store: Store, place: str, issue_id: IssueId, viewers: Viewers) -> IssueNow | None:
    """The frame for everybody of this audience in this place.

    A guest is told of a room once they can enter it, and of nothing that stands on the staff's side. Where their
    conversation goes on in another issue they are told which, and of its room.
    """
    async with store.read() as tx:
        record = await tx.issues.load(issue_id)
        if record is None:
            return None
        issue = record.issue
        position = await tx.issues.queue_position(issue_id) if issue.status is Status.QUEUED else None
        is_staff = viewers is Viewers.STAFF
        last = record if is_staff else await load_last(tx, record)
        guest_room = issue.guest_room if is_staff else await _load_room(tx, record, last)
        nobody_on_duty = await is_nobody_on_duty(tx, issue)
    return IssueNow(
        room=place,
        id=issue.id,
        subject=issue.subject,
        status=issue.status,
        waiting_on=issue.waiting_on,
        conclusion=issue.conclusion,
        epoch=issue.epoch,
        queue_position=position,
        guest_room=guest_room,
        nobody_on_duty=nobody_on_duty,
        contact_left=record.contact is not None,
        continues_in=None if last is record else last.issue.id,
        staff_room=issue.staff_room if is_staff else None,
        tier=str(issue.tier) if is_staff else None,
        assignee=issue.assignee if is_staff else None,
        wanted=issue.wanted if is_staff else None,
        parent=issue.parent if is_staff else None,
        child=issue.child if is_staff else None,
    )


async def _load_room(tx: Transaction, here: IssueRecord, last: IssueRecord) -> RoomId | None:
    """Where the guest is to go: the room that the conversation goes on in, as soon as they are in it."""
    return await load_enterable_room(tx, last.issue) or await load_enterable_room(tx, here.issue)
