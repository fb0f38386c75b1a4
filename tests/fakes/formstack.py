"""The vendor's API (v2) on loopback, speaking its wire format: what it has, its pages, its errors, and how it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "vendor-token"


@dataclass
class FakeFormstack:
    """`faults` are answers for the next requests of a path, in order: a status and a body."""

    forms: dict[str, Any] = field(default_factory=dict)
    lists: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    """By form and noun."""
    submissions: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    methods: set[str] = field(default_factory=set)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.methods.add(request.method)
        path = request.match_info["path"]
        self.asked.append(request.path_qs.removeprefix("/api/v2/"))
        if self.faults.get(path):
            status, body = self.faults[path].pop(0)
            if body is None:
                assert request.transport is not None
                request.transport.abort()
            if isinstance(body, str):
                return web.Response(status=status, text=body, headers=self.headers)
            return web.json_response(body, status=status, headers=self.headers)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response(
                {"error": "invalid_request", "error_description": "The access token is invalid"}, status=400
            )
        return self._look_up(path.removesuffix(".json").split("/"), request.query)

    def _look_up(self, parts: list[str], query: Mapping[str, str]) -> web.Response:
        missing = web.json_response({"status": "error", "error": "A valid form id was not supplied"}, status=404)
        match parts:
            case ["form", form_id]:
                return web.json_response(self.forms[form_id]) if form_id in self.forms else missing
            case ["form", form_id, noun] if form_id in self.forms:
                found = self.lists.get((form_id, noun), [])
                page, size = int(query.get("page", 1)), min(50, int(query.get("per_page", 50)))
                shown = found[(page - 1) * size : page * size]
                pages = -(-len(found) // size)
                return web.json_response({f"{noun}s": shown, "total": len(found), "pages": pages})
            case ["submission", submission_id]:
                known = self.submissions.get(submission_id)
                return web.json_response(known) if known else missing
        return missing


@asynccontextmanager
async def vendor(**has: Any) -> AsyncIterator[FakeFormstack]:
    """One that runs."""
    fake = FakeFormstack(**has)
    app = web.Application()
    app.router.add_route("*", "/api/v2/{path:.*}", fake.answer)
    async with TestServer(app, host="127.0.0.1") as server:
        fake.url = str(server.make_url("/api/v2"))
        yield fake
