"""Stands for the bridge where Synapse looks for it: checks passwords and swallows transactions, on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.synapse import Synapse


class BridgeStandIn:
    """What the bridge would answer, and what it was asked."""

    def __init__(self, module_secret: str) -> None:
        self._authorization = f"Bearer {module_secret}"
        self.passwords: dict[str, str] = {}
        self.asked: list[str] = []
        self.is_broken = False

    async def check_password(self, request: web.Request) -> web.Response:
        if self.is_broken:
            return web.json_response({"errcode": "M_UNKNOWN", "error": "broken"}, status=500)
        if request.headers.get("Authorization") != self._authorization:
            return web.json_response({"errcode": "M_UNKNOWN_TOKEN", "error": "who are you?"}, status=401)
        body = await request.json()
        assert set(body) == {"user_id", "password"}
        self.asked.append(body["user_id"])
        if self.passwords.get(body["user_id"]) == body["password"]:
            return web.json_response({"user_id": body["user_id"]})
        return web.json_response({"errcode": "M_FORBIDDEN", "error": "wrong"}, status=403)

    async def swallow(self, request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({})

    @asynccontextmanager
    async def listen(self, synapse: Synapse) -> AsyncIterator[BridgeStandIn]:
        """Be there for a while."""
        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/_chaperone/check_password", self.check_password)
        app.router.add_route("*", "/{anything:.*}", self.swallow)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", synapse.appservice_port).start()
            yield self
        finally:
            await runner.cleanup()
