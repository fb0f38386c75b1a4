"""The homeserver, asked again for as long as it is away.

For everything that a robot has begun and must bring to its end: what is asked twice is either a question or carries an
id by which the homeserver knows it. How long to wait in all is the caller's business (`asyncio.timeout`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol, TypeVar

import stamina

from bots.errors import DirectoryUnreadable, MatrixAway, SessionLost
from bots.events import Batch, Event, Page
from bots.ports import Homeserver
from policies.names import EventId, RoomAlias, RoomId
from policies.rooms import State

T = TypeVar("T")

LONGEST_WAIT_SECONDS: Final = 5.0
_PASSING: Final = (MatrixAway, SessionLost, DirectoryUnreadable)


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, whenever it comes."""
    async for attempt in stamina.retry_context(
        on=_PASSING, attempts=None, timeout=None, wait_initial=0.2, wait_max=LONGEST_WAIT_SECONDS
    ):
        with attempt:
            return await ask()
    raise AssertionError("without a limit there is no end")  # pragma: no cover


class Renewal(Protocol):
    """Who can make a lost session good again."""

    @property
    def count(self) -> int:
        """How many sessions there have been."""
        ...

    async def renew(self, seen: int) -> None:
        """Log in anew, unless somebody did since `count` was `seen`."""
        ...


class PatientHomeserver:
    """Implements `bots.ports.Homeserver` over another one."""

    def __init__(self, homeserver: Homeserver, renewal: Renewal) -> None:
        self._homeserver = homeserver
        self._renewal = renewal

    async def _ask(self, ask: Callable[[], Awaitable[T]]) -> T:
        async def once() -> T:
            seen = self._renewal.count
            try:
                return await ask()
            except SessionLost:
                await self._renewal.renew(seen)
                raise

        return await patiently(once)

    async def sync(self, since: str | None, wait_seconds: float) -> Batch:
        """See `bots.ports`."""
        return await self._ask(lambda: self._homeserver.sync(since, wait_seconds))

    async def load_page(
        self, room_id: RoomId, *, before: str | None = None, until: str | None = None, files_only: bool = False
    ) -> Page:
        """See `bots.ports`."""
        return await self._ask(
            lambda: self._homeserver.load_page(room_id, before=before, until=until, files_only=files_only)
        )

    async def load_event(self, room_id: RoomId, event_id: EventId) -> Event | None:
        """See `bots.ports`."""
        return await self._ask(lambda: self._homeserver.load_event(room_id, event_id))

    async def load_thread(self, room_id: RoomId, root: EventId) -> tuple[Event, ...]:
        """See `bots.ports`."""
        return await self._ask(lambda: self._homeserver.load_thread(room_id, root))

    async def load_state(self, room_id: RoomId) -> State:
        """See `bots.ports`."""
        return await self._ask(lambda: self._homeserver.load_state(room_id))

    async def load_state_at(self, room_id: RoomId, event_id: EventId) -> State:
        """See `bots.ports`."""
        return await self._ask(lambda: self._homeserver.load_state_at(room_id, event_id))

    async def find_room(self, alias: RoomAlias) -> RoomId | None:
        """See `bots.ports`."""
        return await self._ask(lambda: self._homeserver.find_room(alias))

    async def join(self, room_id: RoomId) -> None:
        """See `bots.ports`."""
        await self._ask(lambda: self._homeserver.join(room_id))

    async def send(self, room_id: RoomId, content: Mapping[str, Any], txn_id: str) -> EventId:
        """See `bots.ports`."""
        return await self._ask(lambda: self._homeserver.send(room_id, content, txn_id))

    async def load_file(self, uri: str, limit: int) -> bytes:
        """See `bots.ports`."""
        return await self._ask(lambda: self._homeserver.load_file(uri, limit))

    async def upload(self, data: bytes, mimetype: str, name: str) -> str:
        """See `bots.ports`."""
        return await self._ask(lambda: self._homeserver.upload(data, mimetype, name))
