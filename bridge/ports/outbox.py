"""What was decided and is to be done to the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """Something to be done to the world. Rows of one lane are done in order, one at a time."""

    id: int
    key: str
    """Random; what ids derived from the row begin with."""
    lane: str
    action: Mapping[str, Any]
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeadRow:
    """A row of the outbox that was given up."""

    id: int
    lane: str
    kind: str
    error: str


class Outbox(Protocol):
    """Decided, and to be performed. A row survives any crash until it is done."""

    async def add(self, lane: str, action: Mapping[str, Any], now: datetime) -> int: ...
    async def due(self, now: datetime, limit: int, busy_lanes: frozenset[str]) -> Sequence[OutboxRow]:
        """At most one row a lane: its oldest unfinished one, if it is due and the lane is not busy."""

    async def next_due(self, busy_lanes: frozenset[str]) -> datetime | None:
        """When the earliest head of a lane that is not busy falls due."""

    async def done(self, row_id: int, now: datetime) -> None: ...
    async def defer(self, row_id: int, not_before: datetime, error: str) -> None:
        """It failed; try again then."""

    async def drop(self, row_id: int, now: datetime, error: str) -> None:
        """It can never succeed: keep it as dead, and let its lane go on."""

    async def unfinished(self, lane: str) -> int: ...
    async def fault(self, lane: str) -> str | None:
        """Why the lane waits, if its head was tried already."""

    async def lanes(self) -> frozenset[str]:
        """The lanes that have something left to do."""

    async def dead(self) -> Sequence[DeadRow]:
        """What was given up, oldest first."""

    async def backlog(self) -> tuple[int, int]:
        """How many rows are still to be done, and how many were given up."""
