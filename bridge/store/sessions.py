"""Logins that are under way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import false

from bridge.ports import PrincipalId, Session
from bridge.store.tables import sessions


class SqlSessions:
    """Implements `bridge.ports.Sessions`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, session: Session) -> None:
        values = {
            "id": session.id,
            "principal_id": session.principal_id,
            "refresh_hash": session.refresh_hash,
            "expires_at": session.expires_at,
            "revoked": session.revoked,
        }
        await self._connection.execute(insert(sessions).values(values))

    async def load(self, session_id: str) -> Session | None:
        row = (await self._connection.execute(select(sessions).where(sessions.c.id == session_id))).one_or_none()
        if row is None:
            return None
        return Session(row.id, PrincipalId(row.principal_id), row.refresh_hash, row.expires_at, row.revoked)

    async def rotate(self, session_id: str, old_hash: str, new_hash: str, expires_at: datetime) -> bool:
        present = (sessions.c.id == session_id, sessions.c.refresh_hash == old_hash, sessions.c.revoked.is_(false()))
        statement = update(sessions).where(*present).values(refresh_hash=new_hash, expires_at=expires_at)
        return (await self._connection.execute(statement)).rowcount == 1

    async def revoke(self, session_id: str) -> None:
        await self._connection.execute(update(sessions).where(sessions.c.id == session_id).values(revoked=True))

    async def revoke_all(self, principal_id: PrincipalId) -> Sequence[str]:
        open_ones = (sessions.c.principal_id == principal_id, sessions.c.revoked.is_(false()))
        statement = update(sessions).where(*open_ones).values(revoked=True).returning(sessions.c.id)
        return [row.id for row in await self._connection.execute(statement)]
