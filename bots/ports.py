"""What a robot needs of the homeserver, and nothing else. `bots.matrix` does it with matrix-nio, tests with a fake.

Every method may raise `MatrixAway` (ask again) and `MatrixRefused` (do not).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bots.events import Batch, Event, Page
from policies.names import EventId, RoomAlias, RoomId
from policies.rooms import State


class Homeserver(Protocol):
    """The homeserver, as one robot."""

    async def sync(self, since: str | None, wait_seconds: float) -> Batch:
        """What happened since; without `since` the end of every room's history."""
        ...

    async def load_page(
        self, room_id: RoomId, *, before: str | None = None, until: str | None = None, files_only: bool = False
    ) -> Page:
        """Messages and memberships, newest first, from `before` (else the newest) back to `until`."""
        ...

    async def load_event(self, room_id: RoomId, event_id: EventId) -> Event | None:
        """One event; None if there is none."""
        ...

    async def load_thread(self, room_id: RoomId, root: EventId) -> tuple[Event, ...]:
        """What stands in a thread, oldest first, its root not included; of a long one the newest hundred."""
        ...

    async def load_state(self, room_id: RoomId) -> State:
        """A room's state as of now."""
        ...

    async def load_state_at(self, room_id: RoomId, event_id: EventId) -> State:
        """A room's state as it was when this event was sent."""
        ...

    async def find_room(self, alias: RoomAlias) -> RoomId | None:
        """The room at an address."""
        ...

    async def join(self, room_id: RoomId) -> None:
        """Accept an invitation."""
        ...

    async def send(self, room_id: RoomId, content: Mapping[str, Any], txn_id: str) -> EventId:
        """Send a message. The same `txn_id` again is the same message."""
        ...

    async def load_file(self, uri: str, limit: int) -> bytes:
        """An uploaded file of up to `limit` bytes.

        :raises FileTooLarge: before more than that is held.
        """
        ...

    async def upload(self, data: bytes, mimetype: str, name: str) -> str:
        """Upload a file; its ``mxc`` address."""
        ...


class Account(Homeserver, Protocol):
    """The same, and how to come by it."""

    async def log_in(self, password: str, device_id: str) -> tuple[str, str]:
        """A new access token, and the device it belongs to. The same device keeps its transaction ids."""
        ...

    def resume(self, access_token: str, device_id: str) -> None:
        """Go on with a session that was stored."""
        ...
