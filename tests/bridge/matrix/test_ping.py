"""Asking a real homeserver to call us, while it is at its retries already."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bridge.errors import MatrixError
from bridge.matrix.client import MatrixClient
from bridge.matrix.homeserver import SynapseHomeserver
from bridge.matrix.identities import Identities
from tests.homeserver.house import House
from tests.synapse import Synapse

pytestmark = pytest.mark.e2e


class Door:
    """Refuses the first transaction, and leaves the homeserver waiting for an answer to the next."""

    def __init__(self) -> None:
        self.transactions = 0
        self.is_retrying = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def transaction(self, request: web.Request) -> web.Response:
        self.transactions += 1
        if self.transactions == 1:
            return web.json_response({}, status=503)
        self.is_retrying.set()
        await self.may_answer.wait()
        return web.json_response({})

    async def ping(self, request: web.Request) -> web.Response:
        return web.json_response({})


async def no_token(user_id: object) -> Any:
    raise AssertionError("only the bridge acts here")


async def test_a_homeserver_that_is_retrying_already_was_reached(tmp_path: Path) -> None:
    synapse = Synapse(tmp_path)
    await asyncio.to_thread(synapse.start)
    door = Door()
    app = web.Application()
    app.router.add_put("/_matrix/app/v1/transactions/{txn_id}", door.transaction)
    app.router.add_post("/_matrix/app/v1/ping", door.ping)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    try:
        async with aiohttp.ClientSession() as session:
            client = MatrixClient(synapse.url, session)
            identities = Identities(client, synapse.secret("as_token"), synapse.bot, synapse.server_name, no_token)
            homeserver = SynapseHomeserver(client, identities, synapse.bot, synapse.secret("module_secret"))
            await homeserver.ensure_bot()
            with pytest.raises(MatrixError):
                await homeserver.ping()  # nobody answers there yet
            await web.TCPSite(runner, "127.0.0.1", synapse.appservice_port).start()
            await House(synapse, session).open()  # a room of ours, of which we are told
            await asyncio.wait_for(door.is_retrying.wait(), 60)
            await homeserver.ping()
            door.may_answer.set()
    finally:
        door.may_answer.set()
        await runner.cleanup()
        await asyncio.to_thread(synapse.stop)
