"""Answers of the API that are given again if the same request comes again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.ports import KeptAnswer, PrincipalId
from bridge.store.engines import insert_new
from bridge.store.tables import kept_answers

KEEP: Final = timedelta(hours=24)
_COLUMNS: Final = ("principal_id", "route", "key_hash", "request_hash", "sealed", "kept_at")


class SqlKeptAnswers:
    """Implements `bridge.ports.KeptAnswers`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, answer: KeptAnswer) -> bool:
        # One that is too old to be given again stands in nobody's way, even if it was not pruned yet.
        mine = (
            kept_answers.c.principal_id == answer.principal_id,
            kept_answers.c.route == answer.route,
            kept_answers.c.key_hash == answer.key_hash,
        )
        await self._connection.execute(
            delete(kept_answers).where(*mine, kept_answers.c.kept_at <= answer.kept_at - KEEP)
        )
        return await insert_new(self._connection, kept_answers, {name: getattr(answer, name) for name in _COLUMNS})

    async def load(self, principal_id: PrincipalId, route: str, key_hash: str, now: datetime) -> KeptAnswer | None:
        query = select(kept_answers).where(
            kept_answers.c.principal_id == principal_id,
            kept_answers.c.route == route,
            kept_answers.c.key_hash == key_hash,
            kept_answers.c.kept_at > now - KEEP,
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else KeptAnswer(*(getattr(row, name) for name in _COLUMNS))
