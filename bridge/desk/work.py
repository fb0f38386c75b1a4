"""One piece of work: a database transaction, what it decided, and whom to tell once it is true.

begin ─▶ read, decide, write issue and outbox rows ─▶ commit ─▶ publish notices, wake the outbox
                   └─ any exception: nothing of it happened, nobody is told
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter

from bridge.ports import Clock, Notice, Notices, Store, Transaction
from policies.actions import Action
from policies.names import IssueId, RoomId

ACTION: TypeAdapter[Action] = TypeAdapter(Action)
"""Actions to and from what an outbox row holds."""


def lane_of_issue(issue_id: IssueId) -> str:
    """Everything about one issue happens in order."""
    return f"issue:{issue_id}"


def lane_of_room(room_id: RoomId) -> str:
    """Everything about a room that belongs to no issue happens in order."""
    return f"room:{room_id}"


@dataclass(slots=True)
class Work:
    """What is under way. `tx` is open; `notices` go out after its commit."""

    tx: Transaction
    now: datetime
    notices: list[Notice] = field(default_factory=list)
    decided: bool = False

    async def decide(self, lane: str, actions: Iterable[Action]) -> None:
        """Write actions into the outbox, in order."""
        for action in actions:
            await self.tx.outbox.add(lane, ACTION.dump_python(action, mode="json"), self.now)
            self.decided = True


class WorkPlace:
    """Where work begins and ends: the store, the clock, and who hears of what was done."""

    def __init__(self, store: Store, clock: Clock, notices: Notices, wake_outbox: Callable[[], None]) -> None:
        self.store = store
        self.clock = clock
        self._notices = notices
        self._wake_outbox = wake_outbox

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Work]:
        """A piece of work; committed, and told, at the end of the block."""
        async with self.store.write() as tx:
            work = Work(tx, self.clock.now())
            yield work
        for notice in work.notices:
            self._notices.publish(notice)
        if work.decided:
            self._wake_outbox()
