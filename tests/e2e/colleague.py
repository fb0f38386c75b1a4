"""An employee, or anybody else, with a real Matrix client (matrix-nio), logged in by password as Element would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import nio
from nio.client.async_client import AsyncClient

from policies.names import EventId, RoomId
from tests.e2e.house import DemoLogin


class Colleague:
    """A logged-in client that syncs in the background. `events` are all events it has seen, by room."""

    def __init__(self, homeserver: str, login: DemoLogin) -> None:
        self._login = login
        self.client = AsyncClient(homeserver, login.user_id)
        self.events: dict[RoomId, list[Mapping[str, Any]]] = {}
        self.responses: list[Any] = []
        self._came = asyncio.Condition()
        self._syncing: asyncio.Task[None] | None = None

    @property
    def user_id(self) -> str:
        return self._login.user_id

    async def __aenter__(self) -> Self:
        answer = await self.client.login(self._login.password, device_name="test")
        assert isinstance(answer, nio.LoginResponse), answer
        self._syncing = asyncio.create_task(self._sync())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._syncing is not None:
            self._syncing.cancel()
            await asyncio.gather(self._syncing, return_exceptions=True)
        await self.client.close()

    async def say(self, room: RoomId, body: str, **more: Any) -> EventId:
        """Send a text message."""
        return await self.send(room, "m.room.message", {"msgtype": "m.text", "body": body, **more})

    async def tap(self, room: RoomId, target: EventId, key: str) -> EventId:
        """React."""
        relation = {"rel_type": "m.annotation", "event_id": target, "key": key}
        return await self.send(room, "m.reaction", {"m.relates_to": relation})

    async def send(self, room: RoomId, event_type: str, content: Mapping[str, Any]) -> EventId:
        answer = await self.client.room_send(room, event_type, dict(content))
        assert isinstance(answer, nio.RoomSendResponse), answer
        return EventId(answer.event_id)

    async def state(self, room: RoomId, event_type: str, state_key: str = "") -> Mapping[str, Any]:
        answer = await self.client.room_get_state_event(room, event_type, state_key)
        assert isinstance(answer, nio.RoomGetStateEventResponse), answer
        content: Mapping[str, Any] = answer.content
        return content

    async def wait_for(
        self, room: RoomId | None, matches: Callable[[Mapping[str, Any]], bool], within: float = 60
    ) -> Mapping[str, Any]:
        """The first event, in a room or in any, that matches."""

        def found() -> Mapping[str, Any] | None:
            rooms = list(self.events) if room is None else [room]
            return next((e for r in rooms for e in self.events.get(r, []) if matches(e)), None)

        async with self._came, asyncio.timeout(within):
            await self._came.wait_for(lambda: found() is not None)
        event = found()
        assert event is not None
        return event

    def bodies(self, room: RoomId) -> list[str]:
        """The bodies of the messages it has seen in a room."""
        return [e["content"].get("body", "") for e in self.events.get(room, []) if e["type"] == "m.room.message"]

    async def _sync(self) -> None:
        while True:
            answer = await self.client.sync(timeout=10_000, full_state=not self.events)
            if not isinstance(answer, nio.SyncResponse):
                await asyncio.sleep(0.2)  # the homeserver is being restarted under us
                continue
            async with self._came:
                self.responses.append(answer)
                for room_id, room in answer.rooms.join.items():
                    seen = self.events.setdefault(RoomId(room_id), [])
                    known = {event.get("event_id") for event in seen}
                    for event in (*room.state, *room.timeline.events):
                        if event.source.get("event_id") not in known:
                            seen.append({**event.source, "room_id": room_id})
                self._came.notify_all()
