"""What the homeserver tells the application service (application service API, "Pushing events").

    homeserver ── PUT transactions/{txn} ──▶ caught up? ─▶ parse ─▶ Intake.receive (durable) ─▶ 200
               ◀─ anything else ───────────  it will send the same transaction again, for as long as it takes

An event that cannot be parsed is logged by its id and left out: it must not hold up its neighbours for ever. What is
ephemeral (typing, receipts) goes straight to the sockets and is not stored.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence

import structlog
from aiohttp import web

from bridge.appservice.events import parse_ephemeral, parse_events
from bridge.desk.catchup import CatchUp
from bridge.desk.intake import Intake
from bridge.errors import BridgeError
from bridge.ports import IncomingEvent, Notices

LARGEST_TRANSACTION = 16 * 1024 * 1024
"""Bytes. A hundred events of at most 64 KiB each, and what is ephemeral."""

log = structlog.get_logger()


class Transactions:
    """The routes that the homeserver calls."""

    def __init__(
        self,
        intake: Intake,
        catch_up: CatchUp,
        notices: Notices,
        hs_token: str,
        told: Callable[[Sequence[IncomingEvent]], None],
    ) -> None:
        """:param told: hears of every event that is durable."""
        self._told = told
        self._intake = intake
        self._catch_up = catch_up
        self._caught_up_over: object = None
        self._notices = notices
        self._hs_token = hs_token

    def add_to(self, app: web.Application) -> None:
        """Serve them."""
        app.router.add_put("/_matrix/app/v1/transactions/{txn_id}", self.transactions)
        app.router.add_post("/_matrix/app/v1/ping", self.ping)
        app.router.add_get("/_matrix/app/v1/users/{user_id}", self.unknown)
        app.router.add_get("/_matrix/app/v1/rooms/{alias}", self.unknown)

    def _is_homeserver(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), self._hs_token.encode())

    async def transactions(self, request: web.Request) -> web.Response:
        """`PUT /_matrix/app/v1/transactions/{txnId}`."""
        if not self._is_homeserver(request):
            return _forbidden()
        # A homeserver that was started anew comes over a new connection, so it is asked once a connection.
        connection = request.transport
        if connection is not self._caught_up_over:
            try:
                await self._catch_up.check()
            except BridgeError as fault:
                log.warning("transactions.not_caught_up", fault=type(fault).__name__)
                return _unavailable()
            self._caught_up_over = connection
        body = await request.json()
        events = list(parse_events(body.get("events", [])))
        await self._intake.receive(events)
        self._told(events)
        for notice in parse_ephemeral(body.get("ephemeral", [])):
            self._notices.publish(notice)
        return web.json_response({})

    async def ping(self, request: web.Request) -> web.Response:
        """`POST /_matrix/app/v1/ping`: the answer to our own ping."""
        return web.json_response({}) if self._is_homeserver(request) else _forbidden()

    async def unknown(self, request: web.Request) -> web.Response:
        """Users and rooms of our namespaces are made beforehand; none is made because somebody asks."""
        if not self._is_homeserver(request):
            return _forbidden()
        return web.json_response({"errcode": "M_NOT_FOUND", "error": "There is no such user or room."}, status=404)


def _unavailable() -> web.Response:
    sentence = "Events from before this start of yours cannot be read yet; send this again."
    return web.json_response({"errcode": "M_UNKNOWN", "error": sentence}, status=503)


def _forbidden() -> web.Response:
    return web.json_response({"errcode": "M_FORBIDDEN", "error": "This is for the homeserver alone."}, status=403)
