"""A program that webhooks call: a real server on this machine that remembers what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Receiver:
    """Answers what it was told to, then 200."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    location: str = ""
    body: bytes = b""
    delay: float = 0
    heard: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def receive(self, request: web.Request) -> web.Response:
        self.heard.append((request.headers.copy(), await request.read()))
        await asyncio.sleep(self.delay)
        status = self.answers.pop(0) if self.answers else 200
        headers = {"Location": self.location} if 300 <= status < 400 else {}
        return web.Response(status=status, headers=headers, body=self.body)


@asynccontextmanager
async def open_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{any:.*}", receiver.receive)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    sockets: Sequence[object] = getattr(site._server, "sockets", ())
    receiver.port = sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # a listening socket
    try:
        yield receiver
    finally:
        await runner.cleanup()
