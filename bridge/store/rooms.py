"""The projection of our rooms, of who is in them, and of when they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.ports import RoomRecord, Stretch
from bridge.store.columns import number_of
from bridge.store.engines import insert_new
from bridge.store.tables import endings, events, issues, members, rooms, stays
from policies.issue import Status
from policies.names import IssueId, RoomId, UserId
from policies.rooms import Membership, RoomKind


class SqlRooms:
    """Implements `bridge.ports.Rooms`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, record: RoomRecord) -> None:
        issue_id = None if record.issue_id is None else number_of(record.issue_id)
        values = {"room_id": record.room_id, "kind": record.kind, "issue_id": issue_id, "name": record.name}
        if not await insert_new(self._connection, rooms, values) and issue_id is not None:
            # A room's creation is told before its state, so its issue may be learnt second.
            statement = update(rooms).where(rooms.c.room_id == record.room_id).values(issue_id=issue_id)
            await self._connection.execute(statement)

    async def load(self, room_id: RoomId) -> RoomRecord | None:
        row = (await self._connection.execute(select(rooms).where(rooms.c.room_id == room_id))).one_or_none()
        return None if row is None else _record(row)

    async def set_member(self, room_id: RoomId, user_id: UserId, membership: Membership, seq: int) -> None:
        """Take over what a member event said. One that was taken over before, or is older, changes nothing."""
        row = await self._member(room_id, user_id)
        values = {"membership": membership, "seq": seq}
        if row is None:
            await self._connection.execute(insert(members).values(room_id=room_id, user_id=user_id, **values))
        elif row.seq < seq:
            theirs = (members.c.room_id == room_id, members.c.user_id == user_id)
            await self._connection.execute(update(members).where(*theirs).values(values))
        else:
            return
        was_in = row is not None and row.membership is Membership.JOIN
        if membership is Membership.JOIN and not was_in:
            await self._connection.execute(insert(stays).values(room_id=room_id, user_id=user_id, first=seq))
        elif membership is not Membership.JOIN and was_in:
            present = (stays.c.room_id == room_id, stays.c.user_id == user_id, stays.c.last.is_(None))
            await self._connection.execute(update(stays).where(*present).values(last=seq))

    async def membership(self, room_id: RoomId, user_id: UserId) -> Membership:
        row = await self._member(room_id, user_id)
        return Membership.LEAVE if row is None else row.membership

    async def members(self, room_id: RoomId) -> Mapping[UserId, Membership]:
        query = select(members.c.user_id, members.c.membership).where(members.c.room_id == room_id)
        return {UserId(row.user_id): row.membership for row in await self._connection.execute(query)}

    async def visible_stretches(self, room_id: RoomId, user_id: UserId) -> Sequence[Stretch]:
        query = (
            select(stays.c.first, stays.c.last)
            .where(stays.c.room_id == room_id, stays.c.user_id == user_id)
            .order_by(stays.c.first)
        )
        return [(row.first, row.last) for row in await self._connection.execute(query)]

    async def rooms_of(self, user_id: UserId) -> Sequence[RoomRecord]:
        query = (
            select(rooms)
            .join(members, members.c.room_id == rooms.c.room_id)
            .where(members.c.user_id == user_id, members.c.membership.in_([Membership.JOIN, Membership.INVITE]))
            .order_by(rooms.c.room_id)
        )
        return [_record(row) for row in await self._connection.execute(query)]

    async def of_kind(self, kind: RoomKind) -> Sequence[RoomRecord]:
        query = select(rooms).where(rooms.c.kind == kind).order_by(rooms.c.room_id)
        return [_record(row) for row in await self._connection.execute(query)]

    async def is_encrypted(self, room_id: RoomId) -> bool:
        query = select(events.c.seq).where(events.c.room_id == room_id, events.c.type == "m.room.encryption").limit(1)
        return (await self._connection.execute(query)).one_or_none() is not None

    async def shows_past(self, room_id: RoomId) -> bool:
        query = (
            select(events.c.content)
            .where(events.c.room_id == room_id, events.c.type == "m.room.history_visibility", events.c.state_key == "")
            .order_by(events.c.seq.desc())
            .limit(1)
        )
        content = (await self._connection.execute(query)).scalar_one_or_none() or {}
        return content.get("history_visibility", "shared") in ("shared", "world_readable")

    async def set_name(self, room_id: RoomId, name: str) -> None:
        await self._connection.execute(update(rooms).where(rooms.c.room_id == room_id).values(name=name))

    async def list(
        self,
        *,
        kind: RoomKind | None = None,
        issue_id: IssueId | None = None,
        text: str | None = None,
        after: RoomId | None = None,
        limit: int = 50,
    ) -> Sequence[RoomRecord]:
        query = select(rooms).order_by(rooms.c.room_id).limit(limit)
        if kind is not None:
            query = query.where(rooms.c.kind == kind)
        if issue_id is not None:
            query = query.where(rooms.c.issue_id == number_of(issue_id))
        if text is not None:
            query = query.where(rooms.c.name.icontains(text, autoescape=True))
        if after is not None:
            query = query.where(rooms.c.room_id > after)
        return [_record(row) for row in await self._connection.execute(query)]

    async def living(self, since: datetime) -> Sequence[RoomId]:
        ended = select(endings.c.issue_id).where(endings.c.at < since)
        over = select(issues.c.id).where(issues.c.status == Status.CONCLUDED, issues.c.id.in_(ended))
        query = select(rooms.c.room_id).where(or_(rooms.c.issue_id.is_(None), rooms.c.issue_id.not_in(over)))
        return [RoomId(room_id) for room_id in (await self._connection.execute(query)).scalars()]

    async def _member(self, room_id: RoomId, user_id: UserId) -> Row[Any, Any] | None:
        query = select(members.c.membership, members.c.seq).where(
            members.c.room_id == room_id, members.c.user_id == user_id
        )
        return (await self._connection.execute(query)).one_or_none()


def _record(row: Row[Any]) -> RoomRecord:
    issue_id = None if row.issue_id is None else IssueId(str(row.issue_id))
    return RoomRecord(RoomId(row.room_id), row.kind, issue_id, row.name)
