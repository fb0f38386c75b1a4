"""Where SQLite and PostgreSQL differ: opening them, beginning, and inserting what may be there already.

SQLite: one connection that writes and a few that read, so that a reader never waits for a writer (WAL) and a writer
never finds its snapshot grown old (BEGIN IMMEDIATE takes the lock before the first read). Python's driver would begin
transactions by its own idea of when; ``isolation_level = None`` leaves that to us. synchronous=FULL: a commit that
returned survives a power cut, which is what an `ack` promises.

PostgreSQL: one pool. Writers take turns by an advisory lock, which is what makes the order of `events.seq` the order
in which they become visible: a cursor can never pass a row that is committed later. They read what is committed, since
a snapshot would be taken before the wait for the turn; readers have a snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Connection, Insert, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bridge.store.driver import connect

READERS: Final = 4
BUSY_MS: Final = 15_000
"""How long a second process (a command line tool) may hold the write lock before we give up."""
WRITERS_LOCK: Final = 0x63686170
"""The advisory lock's number: any will do, as long as every process of an installation has the same."""

_ON_CONNECT: Final = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


@dataclass(frozen=True, slots=True)
class Engines:
    """What writes and what reads; on PostgreSQL both have the same pool."""

    writer: AsyncEngine
    reader: AsyncEngine

    async def close(self) -> None:
        """Close every connection."""
        await self.writer.dispose()
        await self.reader.dispose()


def open_engines(database_url: str) -> Engines:
    """Prepare the connections; none is opened yet."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    engine = create_async_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True, hide_parameters=True)
    return Engines(engine, engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True))


async def wait_for_turn(connection: AsyncConnection) -> None:
    """Let one writer in at a time, where BEGIN has not done so."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITERS_LOCK})


def _open_sqlite(url: URL) -> Engines:
    _make_private(Path(url.database or ""))
    options: dict[str, Any] = {
        "connect_args": {"async_creator_fn": connect},
        "max_overflow": 0,
        # An error's text ends up in logs, and what is stored is what people wrote.
        "hide_parameters": True,
        # Nothing is left open on a connection that goes back to its pool, so rolling it back would be a wasted trip.
        "pool_reset_on_return": None,
    }
    writer = create_async_engine(url, pool_size=1, **options)
    reader = create_async_engine(url, pool_size=READERS, **options)
    _prepare(writer, _ON_CONNECT, "BEGIN IMMEDIATE")
    _prepare(reader, (*_ON_CONNECT, "PRAGMA query_only = ON"), "BEGIN")
    return Engines(writer, reader)


def _make_private(path: Path) -> None:
    """Messages and password hashes are nobody else's business; SQLite's side files take the mode of the first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _prepare(engine: AsyncEngine, pragmas: tuple[str, ...], begin: str) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


async def insert_new(
    connection: AsyncConnection, table: Table, values: Mapping[str, Any], conflict: tuple[Column[Any], ...] = ()
) -> bool:
    """Insert a row unless one is there that has the same unique values (those of `conflict`, or any)."""
    return (await connection.execute(_insert_new(connection.dialect.name, table, conflict), values)).rowcount == 1


@cache
def _insert_new(dialect_name: str, table: Table, conflict: tuple[Column[Any], ...]) -> Insert:
    # Made once, and given its values as parameters: making a statement costs more than executing it.
    build = postgresql.insert if dialect_name == "postgresql" else sqlite.insert
    return build(table).on_conflict_do_nothing(index_elements=list(conflict) or None)
