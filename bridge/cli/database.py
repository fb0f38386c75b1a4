"""What the commands about people and issues stand on: the settings, and the database they name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import typer
from rich.console import Console
from sqlalchemy.engine import make_url

from bridge.config import Settings, load_settings
from bridge.errors import BadSettings
from bridge.store.database import SqlStore

err = Console(stderr=True, highlight=False)


def require_settings(environ: Mapping[str, str]) -> Settings:
    """The settings.

    :raises typer.Exit: 2, after naming everything that is wrong with them.
    """
    try:
        return load_settings(environ)
    except BadSettings as bad:
        for fault in bad.faults:
            err.print(fault, markup=False)
        raise typer.Exit(2) from None


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[SqlStore]:
    """The database, also while the bridge is running.

    :raises typer.Exit: 1, if there is none yet: looking at it must not make it.
    """
    _require_database(settings.bridge.database_url)
    store = await SqlStore.open(settings.bridge.database_url, settings.matrix.bot_id)
    try:
        yield store
    finally:
        await store.close()


def _require_database(database_url: str) -> None:
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        err.print(f"There is no database at {url.database} yet; “chaperone up” makes it.", markup=False)
        raise typer.Exit(1)
