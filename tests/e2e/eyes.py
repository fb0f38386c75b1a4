"""Somebody's eyes: every request that they can make of the homeserver, raw, with a Matrix login of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from tests.e2e.house import DemoLogin

CLIENT = "/_matrix/client/v3"


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back. `text` is all of it, as it came."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        """The body, where it is JSON."""
        return json.loads(self.text)


class Eyes:
    """A logged-in user without a client: no request is made but those asked for, nothing is left out of an answer."""

    def __init__(self, homeserver: str, login: DemoLogin) -> None:
        self._homeserver = homeserver
        self._login = login
        self._http = aiohttp.ClientSession()
        self._txn = 0
        self.token = ""

    @property
    def user_id(self) -> str:
        return self._login.user_id

    async def __aenter__(self) -> Self:
        who = {"type": "m.id.user", "user": self._login.user_id}
        body = {"type": "m.login.password", "identifier": who, "password": self._login.password}
        self.token = (await self.done("POST", "/login", body))["access_token"]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def ask(
        self, method: str, path: str, body: Any = None, *, base: str = CLIENT, query: Mapping[str, Any] | None = None
    ) -> Seen:
        """One request; values of `query` that are no text are sent as JSON."""
        params = {k: v if isinstance(v, str) else json.dumps(v) for k, v in (query or {}).items()}
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self._http.request(
            method, self._homeserver + base + path, json=body, params=params, headers=headers
        ) as answer:
            return Seen(answer.status, (await answer.read()).decode(errors="replace"))

    async def done(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The same, where anything but success is a failure of the test."""
        seen = await self.ask(method, path, body, **more)
        assert seen.status == 200, (method, path, seen)
        return seen.json

    def txn(self) -> str:
        """A transaction id that was not used before."""
        self._txn += 1
        return f"t{self._txn}"


def at(*parts: str) -> str:
    """A path of parts that may hold anything."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)
