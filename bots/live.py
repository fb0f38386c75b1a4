"""Words as they grow, told to the bridge for its sockets, between the edits that every Matrix client sees.

    tell ─▶ the newest words wait ─▶ sent, a few times a second at most ─▶ not taken, or nobody there: no matter

Nothing waits for it and nothing depends on it: what is lost comes with the next edit.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import aiohttp

from policies.names import EventId, RoomId, UserId
from policies.streaming import MAX_WORDS, STREAM_PATH, derive_stream_token

PAUSE_SECONDS: Final = 0.05
REQUEST_SECONDS: Final = 2.0
LONGEST_PAUSE_SECONDS: Final = 0.5
MOST_FAULTS: Final = 6
"""After so many on end nobody is there to be told, and nobody is."""


class LiveWords:
    """One robot's line to the bridge."""

    def __init__(self, url: str, robots_secret: str, robot: UserId) -> None:
        self._url = f"{url}{STREAM_PATH}"
        self._robot = robot
        self._headers = {"Authorization": f"Bearer {derive_stream_token(robots_secret, robot)}"}

    def begin(self, room_id: RoomId, answer: EventId) -> LiveAnswer:
        """Tell of one answer."""
        return LiveAnswer(self._url, self._headers, {"user_id": self._robot, "room_id": room_id, "event_id": answer})


class LiveAnswer:
    """The words of one answer. `end` it before the answer itself is sent, so that nothing comes after that."""

    def __init__(self, url: str, headers: dict[str, str], keys: dict[str, str]) -> None:
        self._url = url
        self._headers = headers
        self._keys = keys
        self._newest = ""
        self._told = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    def tell(self, words: str) -> None:
        """These are all the words so far."""
        self._newest = words[:MAX_WORDS]
        self._told.set()
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_on())

    async def end(self) -> None:
        """Tell nothing more."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)

    async def _send_on(self) -> None:
        faults = 0
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        async with aiohttp.ClientSession(headers=self._headers, timeout=timeout) as session:
            while faults < MOST_FAULTS:
                await self._told.wait()
                self._told.clear()
                taken = False
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with session.post(self._url, json={**self._keys, "body": self._newest}) as response:
                        taken = response.status < 300
                faults = 0 if taken else faults + 1
                if not taken:  # the bridge may not have heard of the placeholder yet
                    self._told.set()
                await asyncio.sleep(min(PAUSE_SECONDS * 2**faults, LONGEST_PAUSE_SECONDS))
