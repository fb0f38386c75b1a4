"""Where guests who wait want to be told that somebody is there for them. Staff see it, nobody else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.ports import Contact
from bridge.store.columns import number_of
from bridge.store.tables import contacts
from policies.names import IssueId


class SqlContacts:
    """Implements `bridge.ports.Contacts`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def set(self, issue_id: IssueId, contact: str, now: datetime) -> None:
        values = {"contact": contact, "left_at": now, "told_at": None}
        theirs = contacts.c.issue_id == number_of(issue_id)
        if not (await self._connection.execute(update(contacts).where(theirs).values(values))).rowcount:
            await self._connection.execute(insert(contacts).values(issue_id=number_of(issue_id), **values))

    async def load(self, issue_id: IssueId) -> Contact | None:
        query = select(contacts).where(contacts.c.issue_id == number_of(issue_id))
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else Contact(issue_id, row.contact, row.left_at, row.told_at)

    async def told(self, issue_id: IssueId, now: datetime) -> None:
        theirs = contacts.c.issue_id == number_of(issue_id)
        await self._connection.execute(update(contacts).where(theirs).values(told_at=now))
