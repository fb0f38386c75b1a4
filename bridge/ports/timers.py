"""Deadlines as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from policies.deadlines import Deadline


@dataclass(frozen=True, slots=True)
class Timer:
    """A deadline that somebody will be reminded of: a row, so that no restart forgets it."""

    kind: Deadline
    subject: str
    """What it is about, an issue's id for instance. There is one timer of a kind for a subject."""
    due_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


class Timers(Protocol):
    """Deadlines. One that passed is cleared in the transaction that acts on it."""

    async def set(self, timer: Timer) -> None:
        """Set it, in place of the one of this kind that its subject has, if any."""

    async def load(self, kind: Deadline, subject: str) -> Timer | None: ...
    async def clear(self, kind: Deadline, subject: str) -> None:
        """Forget it, if it is there."""

    async def due(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Those that passed, the longest ago first."""

    async def next_due(self) -> datetime | None: ...
    async def by_subject(self) -> Mapping[str, frozenset[Deadline]]:
        """All that are set: which kinds each subject has."""
