"""A client that holds every answer against the served description: what is not described fails the test."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp.test_utils import TestClient
from aiohttp.web import Application, Request
from jsonschema import Draft202012Validator

V1 = "/api/v1"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, read to its end."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def errcode(self) -> str:
        """The code of an error body."""
        return str(self.body["errcode"])


class Door:
    """The API as a program sees it."""

    def __init__(self, client: TestClient[Request, Application], document: Mapping[str, Any]) -> None:
        self.client = client
        self.document = document

    async def ask(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: Any = None,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request (`path` below /api/v1 unless it is absolute with a leading `//`) and read the answer."""
        url = path.removeprefix("/") if path.startswith("//") else V1 + path
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        content = data if data is not None else None if body is None else json.dumps(body).encode()
        async with self.client.request(method, url, data=content, headers=sent) as response:
            raw = await response.read()
            is_json = response.content_type == "application/json"
            parsed = json.loads(raw) if is_json and raw else raw.decode()
            reply = Reply(response.status, parsed, response.headers)
        self.check(method, url.partition("?")[0], reply)
        return reply

    def check(self, method: str, path: str, reply: Reply) -> None:
        """Hold the answer against the description of its route."""
        if reply.status >= 400 and method != "HEAD":
            assert set(reply.body) >= {"errcode", "error"}
        operation = self._operation(method, path)
        if operation is None:
            assert reply.status in (401, 404, 405)
            return
        described = operation["responses"].get(str(reply.status))
        assert described is not None, f"{method} {path} answered an undescribed {reply.status}: {reply.body}"
        media = described["content"].get("application/json")
        if media is not None and method != "HEAD":
            schema = {**media["schema"], "components": self.document["components"]}
            Draft202012Validator(schema).validate(reply.body)

    def _operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        for template, methods in self.document["paths"].items():
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path):
                found: Mapping[str, Any] | None = methods.get(method.lower().replace("head", "get"))
                return found
        return None
