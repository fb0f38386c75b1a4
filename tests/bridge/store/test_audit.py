"""Entries are added to the log, and the database lets nobody change them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from bridge.chain import BEGINNING, AuditEntry, Head
from bridge.store.database import SqlStore
from tests.bridge.store.rows import NOW


async def _append(store: SqlStore, subject: str = "issue:1", **facts: Any) -> AuditEntry:
    async with store.write() as tx:
        return await tx.audit.append(NOW, "@ada:test", subject, "opened", facts, None, "v1")


async def test_a_log_begins_empty(store: SqlStore) -> None:
    async with store.read() as tx:
        assert await tx.audit.head() == BEGINNING
        assert await tx.audit.entries() == []


async def test_an_entry_is_read_as_it_was_written(store: SqlStore) -> None:
    first = await _append(store, name="Ünïcode \ud800", count=3, nothing=None)
    second = await _append(store, "room:!a")
    async with store.read() as tx:
        assert await tx.audit.entries() == [first, second]
        assert await tx.audit.entries(after=1) == [second]
        assert await tx.audit.entries(subject="issue:1") == [first]
        assert await tx.audit.entries(limit=1) == [first]
        assert await tx.audit.last("room:!a") == second
        assert await tx.audit.last("room:!b") is None
        assert await tx.audit.head() == Head(2, second.hash)


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
async def test_entries_are_neither_changed_nor_removed(store: SqlStore, statement: str) -> None:
    entry = await _append(store)
    with pytest.raises(DatabaseError, match="append-only"):
        async with store.write() as tx:
            await tx.connection.execute(text(statement))
    async with store.read() as tx:
        assert await tx.audit.entries() == [entry]


async def test_the_log_goes_on_where_its_head_was_taken_away(store: SqlStore) -> None:
    await _append(store)
    async with store.write() as tx:
        await tx.connection.execute(text("DELETE FROM audit_head"))
    assert (await _append(store)).seq == 2
