"""An endpoint on loopback that speaks OpenAI's chat completions, streamed, and fails in all the ways there are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class FakeAi:
    """What it says, piece by piece, and how it fails: `slow`, `dropped`, `429`, `500`, `nonsense` or `no schemas`."""

    says: str = ""
    fails: str = ""
    pieces: int = 5
    pause: asyncio.Event | None = None
    """Waited for before the last piece."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        if self.fails in ("429", "500"):
            error = {"error": {"message": "no", "type": "x", "code": None}}
            return web.json_response(error, status=int(self.fails), headers={"retry-after-ms": "1"})
        if self.fails == "no schemas" and "response_format" in body:
            return web.json_response({"error": {"message": "unknown: response_format"}}, status=400)
        if self.fails == "nonsense":
            return web.Response(text="<html>Gateway</html>", content_type="text/html")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for index, piece in enumerate(self._pieces()):
            if index == self.pieces - 1 and self.pause is not None:
                await self.pause.wait()
            if index and self.fails == "slow":
                await asyncio.Event().wait()
            if index > 1 and self.fails == "dropped":
                assert request.transport is not None
                request.transport.abort()
                return response
            await response.write(_chunk({"content": piece}))
        await response.write(_chunk({}, "stop"))
        await response.write(b"data: [DONE]\n\n")
        return response

    def _pieces(self) -> Sequence[str]:
        size = max(1, -(-len(self.says) // self.pieces))
        return [self.says[start : start + size] for start in range(0, len(self.says), size)]


def _chunk(delta: dict[str, str], reason: str | None = None) -> bytes:
    chunk = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "fake",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
    }
    return f"data: {json.dumps(chunk)}\n\n".encode()


@asynccontextmanager
async def ai_endpoint(**keys: Any) -> AsyncIterator[FakeAi]:
    """One that runs."""
    fake = FakeAi(**keys)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", fake.answer)
    async with TestServer(app, host="127.0.0.1") as server:
        fake.url = str(server.make_url("/v1"))
        yield fake
