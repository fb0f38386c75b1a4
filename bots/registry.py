"""The robots there are. To add one, write its class in a file of its own and give it a line here."""

from __future__ import annotations

from typing import Final

from bots.diagnostics.robot import FormsDiagnostics
from bots.jokes.robot import DocsJokes, FsidJokes, SignJokes, StreamJokes
from bots.robot import Robot

ROBOTS: Final[tuple[type[Robot], ...]] = (
    FormsDiagnostics,
    DocsJokes,
    FsidJokes,
    StreamJokes,
    SignJokes,
)
