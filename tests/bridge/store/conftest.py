"""A database in a file, as in life, and the few rows most tests begin with."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.ports import Profile
from bridge.store.database import SqlStore
from tests.bridge.store.rows import BOT, GINA, HUGO, NOW, url_of


@pytest.fixture(scope="session")
async def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with two guests, made once and copied for each test."""
    path = tmp_path_factory.mktemp("store") / "bridge.db"
    store = await SqlStore.open(url_of(path), BOT)
    async with store.write() as tx:
        for principal in (GINA, HUGO):
            await tx.principals.add(principal, Profile(principal.login.title()), None, NOW)
    await store.close()
    return path


@pytest.fixture
async def store(template: Path, tmp_path: Path) -> AsyncIterator[SqlStore]:
    """The store over a copy of it."""
    shutil.copy(template, tmp_path / "bridge.db")
    store = await SqlStore.open(url_of(tmp_path / "bridge.db"), BOT)
    yield store
    await store.close()
