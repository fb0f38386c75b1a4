"""Memberships of a room are made one after the other; this is where a leave and another leave, or a join, meet.

    one process      Synapse's own queue, one for each room: every membership made here waits in it until the one
                     before is stored, and is then made on top of it, so that a rule sees it
    with workers     that queue is each process's own. So each also takes a lock in the database that all share

Without the lock two workers could let the last two employees of a room leave at one moment: each event would build on
a state in which the other is still there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from homeserver.doors import Door, Doors, Theirs
from homeserver.internals import Internals
from policies.names import RoomId

LOCK: Final = "chaperone_membership"


class Turns:
    """Who may change memberships in a room now."""

    def __init__(self, internals: Internals, doors: Doors) -> None:
        self._internals = internals
        if internals.has_workers:
            doors.stand_around(Door.MEMBERSHIP, self._perform_in_turn)

    def take(self, room_id: RoomId) -> AbstractAsyncContextManager[None]:
        """Nobody comes or goes inside. Take one at a time, and change no membership inside."""
        return self._take(room_id)

    @asynccontextmanager
    async def _take(self, room_id: RoomId) -> AsyncIterator[None]:
        async with self._internals.membership_queue(room_id):
            if self._internals.has_workers:
                async with self._internals.lock(LOCK, room_id):
                    yield
            else:
                yield

    async def _perform_in_turn(
        self, theirs: Theirs, requester: object, target: object, room_id: str, *args: Any, **kwargs: Any
    ) -> Any:
        async with self._internals.lock(LOCK, room_id):
            return await theirs(requester, target, room_id, *args, **kwargs)
