"""What other servers meet at our port: a gate before our homeserver that counts what is asked, and can break.

    another server ──TLS──▶ Gate ──TLS──▶ our federation listener
                              └ /_matrix/policy/…: passed on, or 500, or 404, or no answer at all, as the test says

Everything else is passed on as it came, byte for byte, as the other server signed it.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web
from yarl import URL

POLICY: Final = "/_matrix/policy/"
LARGEST: Final = 64 << 20
PASSED_ON: Final = ("Authorization", "Content-Type", "Accept", "User-Agent")


class Gate:
    """Stands for our server's name."""

    def __init__(
        self, port: int, behind: str, certificate: Path, key: Path, authority: Path, policy_behind: str | None = None
    ) -> None:
        """:param policy_behind: where policy is asked, if that is not where everything else is."""
        self.port = port
        self.asked: list[dict[str, Any]] = []
        """The events that we were asked about, in order."""
        self._behind, self._policy_behind = behind, policy_behind or behind
        self._served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._served.load_cert_chain(certificate, key)
        self._trusted = ssl.create_default_context(cafile=str(authority))
        self._asked_before = 0
        self._broken: int | None = None
        self._mended = asyncio.Event()
        self._mended.set()
        self._http: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def is_asked(self) -> bool:
        """Whether anything was asked since it broke."""
        return len(self.asked) > self._asked_before

    @contextmanager
    def breaking(self, status: int | None) -> Iterator[None]:
        """For a while answer with this status where policy is asked; with None, do not answer."""
        if status is None:
            self._mended.clear()
        self._broken, self._asked_before = status, len(self.asked)
        try:
            yield
        finally:
            self._broken = None
            self._mended.set()

    @contextmanager
    def counting(self) -> Iterator[list[dict[str, Any]]]:
        """What is asked meanwhile."""
        before = len(self.asked)
        asked: list[dict[str, Any]] = []
        yield asked
        asked += self.asked[before:]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Gate]:
        """Be there."""
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._trusted), auto_decompress=False
        ) as self._http:
            await self.listen()
            try:
                yield self
            finally:
                await self.close()

    async def listen(self) -> None:
        """Open the port."""
        app = web.Application(client_max_size=LARGEST)
        app.router.add_route("*", "/{anything:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._served).start()

    async def close(self) -> None:
        """Be gone, as a machine that is switched off."""
        self._mended.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body, behind = await request.read(), self._behind
        if request.raw_path.startswith(POLICY):
            behind = self._policy_behind
            with suppress(ValueError, RecursionError):
                self.asked.append(json.loads(body))
            await self._mended.wait()
            if self._broken is not None:
                errcode = "M_UNRECOGNIZED" if self._broken == 404 else "M_UNKNOWN"
                return web.json_response({"errcode": errcode, "error": "broken"}, status=self._broken)
        assert self._http is not None
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        url = URL(behind + request.raw_path, encoded=True)
        try:
            async with self._http.request(
                request.method, url, data=body or None, headers=headers, allow_redirects=False
            ) as answer:
                kind = answer.headers.get("Content-Type", "application/json")
                return web.Response(status=answer.status, body=await answer.read(), headers={"Content-Type": kind})
        except aiohttp.ClientError:
            return web.json_response({"errcode": "M_UNKNOWN", "error": "nobody is there"}, status=502)
