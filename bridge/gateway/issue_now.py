"""How an issue stands, as the `issue` frame says it to guests and to staff."""

from __future__ import annotations

from bridge.desk.issues import load_enterable_room
from bridge.desk.visible import Viewers
from bridge.gateway.frames import IssueNow
from bridge.ports import Store
from policies.issue import Status
from policies.names import IssueId


async def load_issue_now(store: Store, place: str, issue_id: IssueId, viewers: Viewers) -> IssueNow | None:
    """The frame for everybody of this audience in this place.

    A guest is told of the guest room once they can enter it, and of nothing that stands on the staff's side.
    """
    async with store.read() as tx:
        record = await tx.issues.load(issue_id)
        if record is None:
            return None
        issue = record.issue
        position = await tx.issues.queue_position(issue_id) if issue.status is Status.QUEUED else None
        guest_room = issue.guest_room if viewers is Viewers.STAFF else await load_enterable_room(tx, issue)
    is_staff = viewers is Viewers.STAFF
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
        staff_room=issue.staff_room if is_staff else None,
        tier=str(issue.tier) if is_staff else None,
        assignee=issue.assignee if is_staff else None,
    )
