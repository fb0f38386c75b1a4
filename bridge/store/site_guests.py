"""Guests who are known by the word of a web site, and which of its words were used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.ports import PrincipalId
from bridge.store.engines import insert_new
from bridge.store.tables import assertions, site_guests


class SqlSiteGuests:
    """Implements `bridge.ports.SiteGuests`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def spend(self, issuer: str, jti: str, expires_at: datetime) -> bool:
        return await insert_new(self._connection, assertions, {"issuer": issuer, "jti": jti, "expires_at": expires_at})

    async def load(self, issuer: str, subject: str) -> PrincipalId | None:
        query = select(site_guests.c.guest_id).where(site_guests.c.issuer == issuer, site_guests.c.subject == subject)
        found = (await self._connection.execute(query)).scalar_one_or_none()
        return None if found is None else PrincipalId(found)

    async def add(self, issuer: str, subject: str, guest_id: PrincipalId) -> None:
        values = {"issuer": issuer, "subject": subject, "guest_id": guest_id}
        await self._connection.execute(insert(site_guests).values(values))
