"""What was written over the gateway, durable before it is acknowledged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.errors import Unknown
from bridge.ports import PrincipalId, Words, WordsId
from bridge.store.columns import number_of
from bridge.store.engines import insert_new
from bridge.store.tables import words as table
from policies.names import EventId, IssueId, UserId

_BY_TXN = (table.c.author, table.c.place, table.c.txn_id)


class SqlWordsBox:
    """Implements `bridge.ports.WordsBox`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, words: Words) -> Words | None:
        values = {
            "id": words.id,
            "author": words.author,
            "sender": words.sender,
            "place": words.place,
            "txn_id": words.txn_id,
            "body": words.body,
            "issue_id": None if words.issue_id is None else number_of(words.issue_id),
            "at": words.at,
            "reply_to": words.reply_to,
            "event_id": words.event_id,
        }
        if await insert_new(self._connection, table, values, _BY_TXN):
            return None
        return await self.load_by_txn(words.author, words.place, words.txn_id)

    async def load_by_txn(self, author: PrincipalId, place: str, txn_id: str) -> Words | None:
        return await self._one(and_(table.c.author == author, table.c.place == place, table.c.txn_id == txn_id))

    async def load(self, words_id: WordsId) -> Words | None:
        return await self._one(table.c.id == words_id)

    async def waiting(self, issue_id: IssueId) -> Sequence[Words]:
        return await self._lobby(issue_id, table.c.event_id.is_(None))

    async def place(self, words_id: WordsId, event_id: EventId) -> None:
        statement = update(table).where(table.c.id == words_id).values(event_id=event_id)
        if not (await self._connection.execute(statement)).rowcount:
            raise Unknown("words", words_id)

    async def in_lobby(self, issue_id: IssueId) -> Sequence[Words]:
        return await self._lobby(issue_id)

    async def txn_ids(self, author: PrincipalId, ids: Sequence[WordsId]) -> Mapping[WordsId, str]:
        query = select(table.c.id, table.c.txn_id).where(table.c.author == author, table.c.id.in_(ids))
        return {WordsId(row.id): row.txn_id for row in await self._connection.execute(query)}

    async def _one(self, condition: ColumnElement[bool]) -> Words | None:
        row = (await self._connection.execute(select(table).where(condition))).one_or_none()
        return None if row is None else words_from(row)

    async def _lobby(self, issue_id: IssueId, *conditions: ColumnElement[bool]) -> Sequence[Words]:
        query = select(table).where(table.c.place == f"lobby:{issue_id}", *conditions).order_by(table.c.seq)
        return [words_from(row) for row in await self._connection.execute(query)]


def words_from(row: Row[Any]) -> Words:
    """A row as words."""
    return Words(
        id=WordsId(row.id),
        author=PrincipalId(row.author),
        sender=UserId(row.sender),
        place=row.place,
        txn_id=row.txn_id,
        body=row.body,
        issue_id=None if row.issue_id is None else IssueId(str(row.issue_id)),
        at=row.at,
        reply_to=row.reply_to,
        event_id=row.event_id,
    )
