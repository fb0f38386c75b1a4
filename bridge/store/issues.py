"""The projection of issues, and how their epochs ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.errors import Taken, Unknown
from bridge.ports import Ending, IssueRecord, PrincipalId
from bridge.store.columns import TICK, number_of
from bridge.store.engines import insert_new
from bridge.store.tables import contacts, endings, issue_guests, issues, principals
from policies.issue import Issue, Status
from policies.names import EventId, IssueId, RoomId, Tier, UserId

_ISSUES: Final = select(
    issues,
    select(func.aggregate_strings(issue_guests.c.user_id, " "))
    .where(issue_guests.c.issue_id == issues.c.id)
    .scalar_subquery()
    .label("guests"),
    select(contacts.c.contact).where(contacts.c.issue_id == issues.c.id).scalar_subquery().label("contact"),
)
"""Each issue with the guests of a group (user ids have no blanks in them), and where its guest is to be told."""


class SqlIssues:
    """Implements `bridge.ports.Issues`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self,
        guest_id: PrincipalId,
        guest: UserId,
        subject: str,
        first_words: str,
        tier: Tier,
        now: datetime,
        *,
        is_group: bool = False,
    ) -> IssueRecord:
        values = {
            "subject": subject,
            "guest_id": guest_id,
            "guest": guest,
            "status": Status.QUEUED,
            "tier": int(tier),
            "epoch": 1,
            "opened_at": now,
            "queued_at": now,
            "first_words": first_words,
        }
        number = (await self._connection.execute(insert(issues).values(values).returning(issues.c.id))).scalar_one()
        issue_id = IssueId(str(number))
        if is_group:
            await self.add_guest(issue_id, guest)
        record = await self.load(issue_id)
        if record is None:
            raise Unknown("issue", issue_id)
        return record

    async def add_guest(self, issue_id: IssueId, guest: UserId) -> None:
        await insert_new(self._connection, issue_guests, {"issue_id": number_of(issue_id), "user_id": guest})

    async def load(self, issue_id: IssueId) -> IssueRecord | None:
        return await self._one(issues.c.id == number_of(issue_id))

    async def load_by_room(self, room_id: RoomId) -> IssueRecord | None:
        return await self._one(or_(issues.c.guest_room == room_id, issues.c.staff_room == room_id))

    async def load_by_card(self, event_id: EventId) -> IssueRecord | None:
        return await self._one(or_(issues.c.card == event_id, issues.c.desk_card == event_id))

    async def list(
        self,
        *,
        guest_id: PrincipalId | None = None,
        status: Status | None = None,
        tier: Tier | None = None,
        assignee: UserId | None = None,
        text: str | None = None,
        before: IssueId | None = None,
        limit: int = 50,
    ) -> Sequence[IssueRecord]:
        query = _ISSUES.order_by(issues.c.id.desc()).limit(limit)
        if guest_id is not None:
            theirs = select(issue_guests.c.issue_id).join(principals, principals.c.user_id == issue_guests.c.user_id)
            query = query.where(
                or_(issues.c.guest_id == guest_id, issues.c.id.in_(theirs.where(principals.c.id == guest_id)))
            )
        if status is not None:
            query = query.where(issues.c.status == status)
        if tier is not None:
            query = query.where(issues.c.tier == int(tier))
        if assignee is not None:
            query = query.where(issues.c.assignee == assignee)
        if text is not None:
            found = (column.icontains(text, autoescape=True) for column in (issues.c.subject, issues.c.first_words))
            query = query.where(or_(*found))
        if before is not None:
            query = query.where(issues.c.id < number_of(before))
        return [_record(row) for row in await self._connection.execute(query)]

    async def save(self, issue: Issue) -> None:
        await self._update(issue.id, values_of(issue))

    async def save_cards(
        self, issue_id: IssueId, *, card: EventId | None = None, desk_card: EventId | None = None
    ) -> None:
        given = {"card": card, "desk_card": desk_card}
        if values := {name: event_id for name, event_id in given.items() if event_id is not None}:
            await self._update(issue_id, values)

    async def queue_position(self, issue_id: IssueId) -> int | None:
        own = await self.load(issue_id)
        if own is None or own.issue.status is not Status.QUEUED:
            return None
        earlier = or_(
            issues.c.queued_at < own.queued_at,
            and_(issues.c.queued_at == own.queued_at, issues.c.id < number_of(issue_id)),
        )
        query = select(func.count()).where(_queue(own.issue.tier), earlier)
        return 1 + (await self._connection.execute(query)).scalar_one()

    async def queued(self, tier: Tier) -> Sequence[IssueRecord]:
        query = _ISSUES.where(_queue(tier)).order_by(issues.c.queued_at, issues.c.id)
        return [_record(row) for row in await self._connection.execute(query)]

    async def queue_first(self, issue_id: IssueId) -> None:
        own = await self.load(issue_id)
        if own is None:
            raise Unknown("issue", issue_id)
        first = next((other for other in await self.queued(own.issue.tier) if other.issue.id != issue_id), own)
        if own.queued_at >= first.queued_at:
            await self._update(issue_id, {"queued_at": first.queued_at - TICK})

    async def queue_last(self, issue_id: IssueId, now: datetime) -> None:
        await self._update(issue_id, {"queued_at": now})

    async def open_by_assignee(self) -> Mapping[UserId, int]:
        query = (
            select(issues.c.assignee, func.count())
            .where(issues.c.status == Status.OPEN, issues.c.assignee.is_not(None))
            .group_by(issues.c.assignee)
        )
        return {UserId(assignee): count for assignee, count in await self._connection.execute(query)}

    async def end(self, ending: Ending) -> None:
        values = {
            "issue_id": number_of(ending.issue_id),
            "epoch": ending.epoch,
            "conclusion": ending.conclusion,
            "by": ending.by,
            "note": ending.note,
            "at": ending.at,
        }
        if not await insert_new(self._connection, endings, values):
            raise Taken("conclusion of issue and epoch", f"{ending.issue_id}/{ending.epoch}")

    async def endings(self, issue_id: IssueId) -> Sequence[Ending]:
        query = select(endings).where(endings.c.issue_id == number_of(issue_id)).order_by(endings.c.epoch)
        return [
            Ending(issue_id, row.epoch, row.conclusion, UserId(row.by), row.note, row.at)
            for row in await self._connection.execute(query)
        ]

    async def _one(self, condition: ColumnElement[bool]) -> IssueRecord | None:
        row = (await self._connection.execute(_ISSUES.where(condition))).one_or_none()
        return None if row is None else _record(row)

    async def _update(self, issue_id: IssueId, values: dict[str, Any]) -> None:
        statement = update(issues).where(issues.c.id == number_of(issue_id)).values(values)
        if not (await self._connection.execute(statement)).rowcount:
            raise Unknown("issue", issue_id)


def _queue(tier: Tier) -> ColumnElement[bool]:
    return and_(issues.c.status == Status.QUEUED, issues.c.tier == int(tier))


def values_of(issue: Issue) -> dict[str, Any]:
    """An issue's own columns, but for its id."""
    return {
        "subject": issue.subject,
        "guest": issue.guest,
        "status": issue.status,
        "tier": int(issue.tier),
        "epoch": issue.epoch,
        "waiting_on": issue.waiting_on,
        "assignee": issue.assignee,
        "conclusion": issue.conclusion,
        "guest_room": issue.guest_room,
        "staff_room": issue.staff_room,
        "wanted": issue.wanted,
        "parent": None if issue.parent is None else number_of(issue.parent),
        "child": None if issue.child is None else number_of(issue.child),
    }


def _record(row: Row[Any]) -> IssueRecord:
    issue = Issue(
        id=IssueId(str(row.id)),
        subject=row.subject,
        guest=UserId(row.guest),
        status=row.status,
        tier=Tier(row.tier),
        epoch=row.epoch,
        waiting_on=row.waiting_on,
        assignee=row.assignee,
        conclusion=row.conclusion,
        guest_room=row.guest_room,
        staff_room=row.staff_room,
        wanted=row.wanted,
        parent=None if row.parent is None else IssueId(str(row.parent)),
        child=None if row.child is None else IssueId(str(row.child)),
        guests=tuple(UserId(user_id) for user_id in sorted((row.guests or "").split())),
    )
    return IssueRecord(
        issue=issue,
        guest_id=PrincipalId(row.guest_id),
        opened_at=row.opened_at,
        queued_at=row.queued_at,
        first_words=row.first_words,
        card=row.card,
        desk_card=row.desk_card,
        contact=row.contact,
    )
