from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from bridge.store.database import SqlStore
from bridge.store.driver import OneTripConnection, connect
from policies.names import IssueId
from tests.bridge.store.rows import NOW, words


class CountingQueue:
    """The way to the connection's thread, and how often it was taken."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self.trips = 0

    def put_nowait(self, item: Any) -> None:
        self.trips += 1
        self._queue.put_nowait(item)


@pytest.fixture
async def connection() -> AsyncIterator[OneTripConnection]:
    connection = connect(":memory:")
    await connection
    yield connection
    await connection.close()


async def test_a_statement_and_its_rows_take_one_trip(connection: OneTripConnection) -> None:
    connection._tx = queue = CountingQueue(connection._tx)  # type: ignore[assignment]  # does what is asked of it
    cursor = await connection.cursor().__aenter__()  # all that SQLAlchemy does with it
    await cursor.execute("SELECT 1 AS one UNION SELECT ?", (2,))
    assert await cursor.fetchall() == [(1,), (2,)]
    assert cursor.description[0][0] == "one"
    await cursor.close()
    assert queue.trips == 1


async def test_what_a_statement_changed_is_known_afterwards(connection: OneTripConnection) -> None:
    cursor = connection.cursor()
    await cursor.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
    await cursor.executemany("INSERT INTO t VALUES (?)", [(5,), (6,), (7,)])
    assert cursor.rowcount == 3
    await cursor.execute("DELETE FROM t WHERE a > 5")
    assert (cursor.rowcount, await cursor.fetchall(), cursor.description) == (2, (), None)
    await cursor.execute("INSERT INTO t VALUES (9)")
    assert cursor.lastrowid == 9


async def test_a_fault_is_raised_where_it_was_asked_for(connection: OneTripConnection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await connection.cursor().execute("SELECT * FROM nowhere")


async def test_accepting_words_takes_one_trip_for_each_statement_and_two_for_the_transaction(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.words.load_by_txn(words("w", "t").author, "lobby:1", "t")
        raw: Any = (await tx.connection.get_raw_connection()).driver_connection
        raw._tx = queue = CountingQueue(raw._tx)
    queue.trips = 0
    statements: list[str] = []

    def count(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    sqlalchemy_event.listen(store._engines.writer.sync_engine, "before_cursor_execute", count)
    async with store.write() as tx:
        await tx.issues.load(IssueId("1"))
        await tx.words.add(words("w1", "t1"))
        await tx.outbox.add("issue:1", {}, NOW)
    assert len(statements) == 4  # BEGIN is one of them, COMMIT is not
    assert queue.trips == 5
