"""The audit log. Rows are added and never changed: the database itself refuses that (`migrations/versions`).

    append: read the head ─▶ hash over entry and head ─▶ insert ─▶ move the head        all in the caller's transaction

Two writers cannot read the same head: there is one writer at a time (`engines`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.chain import AuditEntry, Head, hash_of
from bridge.store.tables import audit, audit_head


class SqlAudit:
    """Implements `bridge.ports.Audit`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(
        self,
        at: datetime,
        actor: str,
        subject: str,
        what: str,
        facts: Mapping[str, Any],
        verdict: Mapping[str, Any] | None,
        configuration: str,
    ) -> AuditEntry:
        head = await self.head()
        if head is None:
            # Somebody took the head away. What follows is kept all the same, and does not fit: `verify` finds it.
            head = Head(await self._last() or 0, "")
            await self._connection.execute(insert(audit_head).values(one=1, seq=head.seq, hash=head.hash))
        entry = AuditEntry(head.seq + 1, at, actor, subject, what, facts, verdict, configuration)
        entry = replace(entry, hash=hash_of(entry, head.hash))
        await self._connection.execute(
            insert(audit).values(
                seq=entry.seq,
                at=at,
                actor=actor,
                subject=subject,
                what=what,
                facts=dict(facts),
                verdict=None if verdict is None else dict(verdict),
                configuration=configuration,
                hash=entry.hash,
            )
        )
        await self._connection.execute(update(audit_head).values(seq=entry.seq, hash=entry.hash))
        return entry

    async def head(self) -> Head | None:
        row = (await self._connection.execute(select(audit_head.c.seq, audit_head.c.hash))).first()
        return None if row is None else Head(row.seq, row.hash)

    async def entries(self, *, subject: str | None = None, after: int = 0, limit: int = 500) -> Sequence[AuditEntry]:
        query = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        return [_entry(row) for row in await self._connection.execute(query)]

    async def last(self, subject: str) -> AuditEntry | None:
        query = select(audit).where(audit.c.subject == subject).order_by(audit.c.seq.desc()).limit(1)
        row = (await self._connection.execute(query)).first()
        return None if row is None else _entry(row)

    async def _last(self) -> int | None:
        query = select(audit.c.seq).order_by(audit.c.seq.desc()).limit(1)
        last: int | None = (await self._connection.execute(query)).scalar_one_or_none()
        return last


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        row.seq, row.at, row.actor, row.subject, row.what, row.facts, row.verdict, row.configuration, row.hash
    )
