"""What is answered about an issue: to its guests, and to staff. Two models, made by two functions, so that what is for
staff cannot slip into what guests get.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bridge.api.answers import EpochView, GuestIssueView, IssueView
from bridge.desk.line import load_last
from bridge.desk.lobby import is_nobody_on_duty, load_enterable_room
from bridge.ports import Ending, Epoch, IssueRecord, Profile, Transaction
from policies.issue import Status
from policies.names import UserId


async def build_guest_view(tx: Transaction, record: IssueRecord, guest: UserId) -> GuestIssueView:
    """What one of its guests may see. Where their conversation goes on in another issue, its room is the one named."""
    issue = record.issue
    last = await load_last(tx, record)
    epochs = (await tx.epochs.of([issue.id]))[issue.id]
    room = await load_enterable_room(tx, last.issue, guest) or await load_enterable_room(tx, issue, guest)
    return GuestIssueView(
        id=issue.id,
        subject=issue.subject,
        status=issue.status,
        waiting_on=issue.waiting_on,
        conclusion=issue.conclusion,
        epoch=issue.epoch,
        queue_position=await _position(tx, record),
        guest_room=room,
        group=issue.is_group,
        opened_at=record.opened_at,
        nobody_on_duty=await is_nobody_on_duty(tx, issue),
        contact_left=record.contact is not None,
        continues_in=None if last is record else last.issue.id,
        continues=issue.parent,
        rating=next((epoch.rating for epoch in reversed(epochs) if epoch.rating is not None), None),
    )


async def build_view(tx: Transaction, record: IssueRecord) -> IssueView:
    """What staff see."""
    [view] = await build_views(tx, [record])
    return view


async def build_views(tx: Transaction, records: Sequence[IssueRecord]) -> list[IssueView]:
    """What staff see of several issues."""
    profiles = await tx.principals.profiles([record.issue.guest for record in records])
    epochs = await tx.epochs.of([record.issue.id for record in records])
    return [await _build_view(tx, record, profiles, epochs[record.issue.id]) for record in records]


async def _build_view(
    tx: Transaction, record: IssueRecord, profiles: Mapping[UserId, Profile], epochs: Sequence[Epoch]
) -> IssueView:
    issue = record.issue
    return IssueView(
        id=issue.id,
        subject=issue.subject,
        status=issue.status,
        waiting_on=issue.waiting_on,
        tier=issue.tier.name,
        assignee=issue.assignee,
        guest=issue.guest,
        guest_name=profiles[issue.guest].display_name,
        group=issue.is_group,
        guests=list(issue.everyone),
        guest_room=issue.guest_room,
        staff_room=issue.staff_room,
        conclusion=issue.conclusion,
        epoch=issue.epoch,
        queue_position=await _position(tx, record),
        opened_at=record.opened_at,
        queued_at=record.queued_at,
        wanted=issue.wanted,
        parent=issue.parent,
        child=issue.child,
        contact=record.contact,
        epochs=build_epochs(epochs, await tx.issues.endings(issue.id)),
    )


def build_epochs(epochs: Sequence[Epoch], endings: Sequence[Ending]) -> list[EpochView]:
    """What is known of each, and how those ended that did."""
    ended = {ending.epoch: ending for ending in endings}
    return [_build_epoch(epoch, ended.get(epoch.epoch)) for epoch in epochs]


def _build_epoch(epoch: Epoch, ending: Ending | None) -> EpochView:
    def seconds(at: datetime | None) -> float | None:
        return None if at is None else (at - epoch.began_at).total_seconds()

    return EpochView(
        epoch=epoch.epoch,
        began_at=epoch.began_at,
        answered_at=epoch.answered_at,
        answered_by=epoch.answered_by,
        first_answer_seconds=seconds(epoch.answered_at),
        ended_at=None if ending is None else ending.at,
        conclusion_seconds=seconds(None if ending is None else ending.at),
        conclusion=None if ending is None else ending.conclusion,
        concluded_by=None if ending is None else ending.by,
        note=None if ending is None else ending.note,
        rating=epoch.rating,
        comment=epoch.comment if epoch.rating is not None else None,
        rated_at=epoch.rated_at,
    )


async def _position(tx: Transaction, record: IssueRecord) -> int | None:
    return await tx.issues.queue_position(record.issue.id) if record.issue.status is Status.QUEUED else None
