"""A guest at the door: HTTP and the socket, as a page would use them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import aiohttp

Frame = dict[str, Any]


class Visitor:
    """Somebody with a token, and perhaps a socket. Every frame that came is kept in `frames`."""

    def __init__(self, web: str, login: str, password: str) -> None:
        self._web = web
        self._credentials = {"login": login, "password": password}
        self.token = ""
        self.frames: list[Frame] = []
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None
        self._came = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        status, answer = await self.call("POST", "/auth/login", self._credentials)
        assert status == 200, answer
        self.token = answer["token"]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.disconnect()
        if self._session is not None:
            await self._session.close()

    async def call(
        self, method: str, path: str, body: Any = None, more: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """One request to the API, with `more` headers; the status and the JSON of its answer."""
        assert self._session is not None
        headers = {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **(more or {})}
        async with self._session.request(method, f"{self._web}/api/v1{path}", json=body, headers=headers) as response:
            return response.status, await response.json()

    async def connect(self) -> None:
        """Open the socket, with the token as bearer."""
        assert self._session is not None
        self._socket = await self._session.ws_connect(
            f"{self._web}/api/v1/ws", protocols=("chaperone.v1", f"bearer.{self.token}")
        )
        assert self._socket.protocol == "chaperone.v1"
        self._reading = asyncio.create_task(self._read())
        await self.wait_for(lambda frame: frame["type"] == "welcome", since=len(self.frames))

    @property
    def is_connected(self) -> bool:
        """Whether the socket is open, as far as this side knows."""
        return self._socket is not None and not self._socket.closed

    async def disconnect(self) -> None:
        """Close the socket."""
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading
            self._reading = None
        if self._socket is not None:
            await self._socket.close()
            self._socket = None

    async def send(self, **frame: Any) -> None:
        """Send one frame."""
        assert self._socket is not None
        await self._socket.send_str(json.dumps(frame))

    async def wait_for(self, matches: Callable[[Frame], bool], since: int = 0, within: float = 60) -> Frame:
        """The first frame from number `since` on that matches."""

        def found() -> Frame | None:
            return next((frame for frame in self.frames[since:] if matches(frame)), None)

        async with self._came, asyncio.timeout(within):
            await self._came.wait_for(lambda: found() is not None)
        frame = found()
        assert frame is not None
        return frame

    async def _read(self) -> None:
        assert self._socket is not None
        async for message in self._socket:
            async with self._came:
                self.frames.append(json.loads(message.data))
                self._came.notify_all()
