"""`GET /api/v1/ws`: from a request to an open socket, and to its end.

    token ─▶ authenticate ─▶ upgrade ─▶ listed with the fan-out ─▶ authenticate again ─▶ welcome ─▶ frames …
      401        401            426                                       4001

The token is held against the accounts a second time once the fan-out knows the socket: a session that was revoked
between the two would have been told of to nobody.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final, Literal

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from bridge.accounts.errors import AccountError, TokenExpired
from bridge.accounts.principals import Accounts, Authenticated
from bridge.config import Settings
from bridge.desk.timeline import Timeline
from bridge.gateway.asyncapi import build_asyncapi
from bridge.gateway.connection import Connection, Writer
from bridge.gateway.doors import build_refusal, is_upgrade, offers_protocol, parse_token
from bridge.gateway.fanout import Fanout
from bridge.gateway.floor import FloorTopic
from bridge.gateway.frames import PROTOCOL, Errcode, Error
from bridge.gateway.limits import Pace, messages_per_minute
from bridge.gateway.session import Session, SessionLimits
from bridge.gateway.wire import Wire
from bridge.ports import Clock, Notices, Principal, Store
from policies.names import Role

SWEEP_SECONDS: Final = 1.0
"""How often tokens are looked over for those that have expired."""
HANG_UP_SECONDS: Final = 5.0
"""How long a client may take to read what is left, before its connection is cut."""
PATIENCE_WITH_FRAMES: Final = 4
"""A frame so many times too large is read and refused; one that is larger still ends the socket, also told."""

log = structlog.get_logger()


class GatewaySocket(web.WebSocketResponse[Literal[False]]):
    """aiohttp's socket, which gives up on a frame over its limit: say so before it closes."""

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        if code == WSCloseCode.MESSAGE_TOO_BIG and not self.closed:
            with suppress(ConnectionError):
                await self.send_frame(_payload_of_too_large(), WSMsgType.TEXT)
        return await super().close(code=code, message=message, drain=drain)


class Gateway:
    """Opens sockets and keeps them."""

    def __init__(
        self,
        accounts: Accounts,
        desk: Writer,
        timeline: Timeline,
        store: Store,
        notices: Notices,
        clock: Clock,
        settings: Settings,
        pace: Pace,
    ) -> None:
        self._accounts = accounts
        self._desk = desk
        self._store = store
        self._notices = notices
        self._clock = clock
        self._settings = settings
        gateway = settings.gateway
        floor = FloorTopic(store, clock, settings.desk.capacity)
        self.fanout = Fanout(timeline, store, gateway.history_limit, gateway.max_queue // 2, floor)
        self._pace = pace
        self._loops: list[asyncio.Task[None]] = []
        self._hang_ups: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    def add_to(self, app: web.Application) -> None:
        """Serve the socket and its description."""
        app.router.add_get("/api/v1/ws", self.handle, allow_head=False)
        app.router.add_get("/asyncapi.json", self.describe)

    async def start(self) -> None:
        """Listen for what happens, from now on."""
        notices = self._notices.subscribe()
        self._loops = [asyncio.create_task(loop) for loop in (self.fanout.run(notices), self._sweep_for_ever())]

    async def stop(self) -> None:
        """Close every socket, so that its client looks for another gateway. What they sent is written first."""
        self._is_stopping = True
        readers = self.fanout.readers()
        with suppress(TimeoutError):
            async with asyncio.timeout(HANG_UP_SECONDS):
                await asyncio.gather(*(reader.settled() for reader in readers))
        for reader in readers:
            reader.leave_off()
        self.fanout.stop()
        if self._hang_ups:
            await asyncio.wait(self._hang_ups, timeout=HANG_UP_SECONDS)
        for loop in self._loops:
            loop.cancel()
            with suppress(asyncio.CancelledError):
                await loop

    async def describe(self, request: web.Request) -> web.Response:
        """`GET /asyncapi.json`."""
        return web.json_response(build_asyncapi())

    # --- opening --------------------------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """`GET /api/v1/ws`."""
        token = parse_token(request)
        if token is None:
            return build_refusal(401, "M_MISSING_TOKEN", "Log in first: this needs a token.")
        try:
            who = await self._accounts.authenticate(token)
        except AccountError as fault:
            is_old = isinstance(fault, TokenExpired)
            sentence = "The token has expired; refresh it." if is_old else "The token is not valid; log in again."
            return build_refusal(401, "M_UNKNOWN_TOKEN", sentence, soft_logout=is_old)
        if not is_upgrade(request):
            return build_refusal(426, "CHAPERONE_BAD_REQUEST", "This is the address of a WebSocket.")
        if not offers_protocol(request):
            return build_refusal(400, "CHAPERONE_BAD_REQUEST", f"The subprotocol is {PROTOCOL}.")
        if self._is_stopping:
            return build_refusal(503, "CHAPERONE_NOT_READY", "The server is about to restart; connect again.")
        if self.fanout.sockets_of(who.principal.id) >= self._settings.gateway.sockets_per_person:
            return build_refusal(429, "M_LIMIT_EXCEEDED", "You have too many sockets already.", retry_after_ms=5000)
        return await self._serve(request, token, who)

    async def _serve(self, request: web.Request, token: str, who: Authenticated) -> web.StreamResponse:
        settings = self._settings.gateway
        socket = GatewaySocket(
            protocols=(PROTOCOL,),
            heartbeat=settings.heartbeat_seconds,
            compress=False,
            max_msg_size=settings.max_frame * PATIENCE_WITH_FRAMES,
            # Bytes go to the parser as they are; bad UTF-8 is then a bad frame, and not the end of the socket.
            decode_text=False,
        )
        await socket.prepare(request)
        connection = self._connect(request, socket, who)
        self.fanout.add(connection)
        try:
            async with self._store.read() as tx:
                profile = await tx.principals.profile(who.principal.id)
            await self._accounts.authenticate(token)
            connection.perform(connection.session.welcome(profile.display_name))
            await self._read(socket, connection)
        except AccountError:
            connection.end_session()
        except Exception:
            log.exception("gateway.socket_failed")
            connection.fail()
        finally:
            connection.gone()
        return socket

    def _connect(self, request: web.Request, socket: GatewaySocket, who: Authenticated) -> Connection:
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the client is gone already")
        settings = self._settings.gateway
        wire = Wire(transport, settings.max_queue)

        def hang_up(code: int, reason: bytes) -> None:
            task = asyncio.create_task(_hang_up(socket, code, reason))
            self._hang_ups.add(task)
            task.add_done_callback(self._hang_ups.discard)
            asyncio.get_running_loop().call_later(HANG_UP_SECONDS, wire.cut)

        return Connection(
            self._build_session(who.principal),
            who.principal,
            who.session_id,
            who.expires_at,
            wire=wire,
            hang_up=hang_up,
            fanout=self.fanout,
            desk=self._desk,
            store=self._store,
            publish=self._notices.publish,
            patience=settings.ack_patience_seconds,
        )

    def _build_session(self, principal: Principal) -> Session:
        limits = build_limits(self._settings, principal.role)
        return Session(principal, limits, self._pace.messages_of(principal), self._now())

    async def _read(self, socket: GatewaySocket, connection: Connection) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                effects = connection.session.received(message.data, self._now())
            elif message.type is WSMsgType.BINARY:
                effects = connection.session.received_other()
            else:
                break
            pause = connection.perform(effects)
            if pause:
                await asyncio.sleep(pause)

    def _now(self) -> float:
        return self._clock.now().timestamp()

    # --- keeping --------------------------------------------------------------------------------------------------

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.sweep()

    def sweep(self) -> None:
        """End the sockets whose token has expired."""
        now = self._clock.now()
        for reader in self.fanout.readers():
            if reader.expires_at <= now:
                reader.end_session()


def build_limits(settings: Settings, role: Role) -> SessionLimits:
    """What is too much for the sockets of somebody of this role."""
    gateway = settings.gateway
    return SessionLimits(
        frame_bytes=gateway.max_frame,
        message_letters=settings.desk.message_max,
        messages_per_minute=messages_per_minute(gateway, role),
        heartbeat=gateway.heartbeat_seconds,
    )


async def _hang_up(socket: GatewaySocket, code: int, reason: bytes) -> None:
    # Not drained: who does not read would keep us waiting for as long as they like.
    with suppress(ConnectionError, RuntimeError):
        await socket.close(code=code, message=reason, drain=False)


def _payload_of_too_large() -> bytes:
    frame = Error(errcode=Errcode.FRAME_TOO_LARGE, error="The frame is far too large; the connection ends.")
    return frame.__pydantic_serializer__.to_json(frame)
