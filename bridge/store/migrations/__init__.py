"""Bringing the database up to date: one file in `versions/` for each change of `tables.py`, oldest first.

To change a table, change it in `tables.py` and add the next version; a test says where the two differ. What was once
released is not edited. Versions are written for both engines: SQLite changes a column only by
``op.batch_alter_table``.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

# Alembic keeps the migration under way in module globals, and every statement of ours lets other tasks run.
_ONE_AT_A_TIME: Final = asyncio.Lock()


def build_config(connection: Connection | None) -> Config:
    """Alembic's configuration, which elsewhere is an alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


async def upgrade(connection: AsyncConnection) -> None:
    """Bring the database to the newest version, inside the transaction that is open on the connection."""
    async with _ONE_AT_A_TIME:
        await connection.run_sync(lambda sync: command.upgrade(build_config(sync), "head"))
