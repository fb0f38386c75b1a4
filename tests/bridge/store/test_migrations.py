from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from bridge.store.database import SqlStore
from bridge.store.migrations import build_config
from bridge.store.tables import metadata
from tests.bridge.store.rows import BOT, url_of, words

T = TypeVar("T")


async def look(path: Path, question: Callable[[Connection], T]) -> T:
    engine = create_async_engine(url_of(path))
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(question)
    finally:
        await engine.dispose()


def version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def test_an_empty_database_is_brought_to_the_newest_version(tmp_path: Path) -> None:
    await (await SqlStore.open(url_of(tmp_path / "bridge.db"), BOT)).close()
    head = ScriptDirectory.from_config(build_config(None)).get_current_head()
    assert await look(tmp_path / "bridge.db", version) == head


async def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    tables = []
    for _ in range(2):
        await (await SqlStore.open(url_of(path), BOT)).close()
        tables.append(await look(path, lambda connection: inspect(connection).get_table_names()))
    assert tables[0] == tables[1]
    assert set(tables[0]) == {*metadata.tables, "alembic_version"}


async def test_migrations_make_what_the_tables_say(tmp_path: Path) -> None:
    await (await SqlStore.open(url_of(tmp_path / "bridge.db"), BOT)).close()

    def compare(connection: Connection) -> object:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

    assert await look(tmp_path / "bridge.db", compare) == []


async def test_migrations_make_the_same_tables_to_the_letter(tmp_path: Path) -> None:
    # The comparison above looks neither at partial indexes nor at AUTOINCREMENT.
    await (await SqlStore.open(url_of(tmp_path / "migrated.db"), BOT)).close()
    await look(tmp_path / "created.db", metadata.create_all)

    def schema(connection: Connection) -> set[str]:
        rows = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'"
        ).scalars()
        return {_in_order(row) for row in rows if "alembic_version" not in row}

    assert await look(tmp_path / "migrated.db", schema) == await look(tmp_path / "created.db", schema)


def _in_order(statement: str) -> str:
    """The statement with its parts sorted: constraints may be written in any order, and what SQLite adds to a table it
    adds to its last line.
    """
    parts = (part.strip().rstrip(",)") for part in statement.replace(", ", ",\n").splitlines())
    return "\n".join(sorted(part for part in parts if part))


async def test_several_databases_are_brought_up_to_date_at_once(tmp_path: Path) -> None:
    stores = await asyncio.gather(*(SqlStore.open(url_of(tmp_path / f"{n}.db"), BOT) for n in range(4)))
    for store in stores:
        async with store.read() as tx:
            assert await tx.principals.list() == []
        await store.close()


async def test_two_processes_bring_one_database_up_to_date_at_once(tmp_path: Path) -> None:
    stores = await asyncio.gather(*(SqlStore.open(url_of(tmp_path / "bridge.db"), BOT) for _ in range(2)))
    for store in stores:
        await store.close()


async def test_what_is_stored_outlives_a_restart(template: Path, tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    shutil.copy(template, path)
    for number in range(2):
        store = await SqlStore.open(url_of(path), BOT)
        async with store.write() as tx:
            there = await tx.words.add(words(f"w{number}", "t1"))
        assert there == (words("w0", "t1") if number else None)
        await store.close()


async def test_a_migration_goes_back_too(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    await (await SqlStore.open(url_of(path), BOT)).close()
    await look(path, lambda connection: command.downgrade(build_config(connection), "base"))
    assert await look(path, lambda connection: inspect(connection).get_table_names()) == ["alembic_version"]


def test_the_migrations_are_written_for_postgresql_too() -> None:
    written = io.StringIO()
    config = build_config(None)
    config.output_buffer = written
    config.attributes["dialect_name"] = "postgresql"
    command.upgrade(config, "head", sql=True)
    for table in metadata.tables:
        assert f"CREATE TABLE {table} (" in written.getvalue()
    assert "seq BIGSERIAL NOT NULL" in written.getvalue()
    assert "WHERE finished_at IS NULL" in written.getvalue()
