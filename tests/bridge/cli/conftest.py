"""A data directory with a database in it, as `chaperone up` leaves one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bridge.cli.main import app
from bridge.config import load_settings
from bridge.store.database import SqlStore


@dataclass
class Shell:
    """Runs commands as a person would type them."""

    data: Path
    env: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, typed: str | None = None, env: Mapping[str, str] | None = None) -> Result:
        """One command, in a wide terminal."""
        settings = {"CHAPERONE_DATA": str(self.data), "COLUMNS": "250", **self.env, **(env or {})}
        return CliRunner().invoke(app, list(words), input=typed, env=settings)

    def json(self, *words: str) -> Any:
        """What a command prints for programs."""
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    async def open(self) -> SqlStore:
        """The database behind the commands."""
        settings = load_settings({"CHAPERONE_DATA": str(self.data)})
        return await SqlStore.open(settings.bridge.database_url, settings.matrix.bot_id)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A fresh installation."""
    shell = Shell(tmp_path)

    async def make() -> None:
        await (await shell.open()).close()

    asyncio.run(make())
    return shell
