"""A gateway at work in one process: real store, accounts, desk and timeline, real sockets, and a homeserver in memory.

Nothing waits for time: `settle` returns when there is nothing left to do, and what a socket got by then is all it gets.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridge.accounts.passwords import Passwords
from bridge.accounts.principals import Accounts
from bridge.accounts.tokens import Tokens
from bridge.accounts.tries import Tries
from bridge.config import GatewaySettings, Settings
from bridge.desk.timeline import Timeline
from bridge.gateway.connection import Connection
from bridge.gateway.limits import Pace
from bridge.gateway.notices import InProcessNotices
from bridge.gateway.socket import Gateway
from bridge.ports import Notice, Principal, Profile, Session
from bridge.store.database import SqlStore
from policies.names import Role
from tests.bridge.desk.office import GINA, STAFF, HeardNotices, Office, principal
from tests.fakes.homeserver import BOT, FakeHomeserver

ADA, AMY, BEN, SAM, ROBOT = STAFF
HUGO = principal("guest-hugo", Role.GUEST)
DEADLINE = 5.0

__all__ = ["ADA", "AMY", "BEN", "GINA", "HUGO", "ROBOT", "SAM", "Hall", "Window", "open_hall"]


class ToldNotices(HeardNotices):
    """Remembers what is published, and tells the gateway of it."""

    def __init__(self) -> None:
        super().__init__()
        self.gateway = InProcessNotices()

    def publish(self, notice: Notice) -> None:
        super().publish(notice)
        self.gateway.publish(notice)


@dataclass
class Window:
    """One socket, as a client sees it."""

    ws: ClientWebSocketResponse
    hall: Hall
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, frame_type: str, **keys: Any) -> None:
        await self.ws.send_str(json.dumps({"type": frame_type, **keys}))

    async def receive(self) -> dict[str, Any]:
        """The next frame."""
        message = await self.ws.receive(DEADLINE)
        assert message.type is WSMsgType.TEXT, message
        frame: dict[str, Any] = json.loads(message.data)
        self.seen.append(frame)
        return frame

    async def next(self, frame_type: str) -> dict[str, Any]:
        """The next frame of this type; others before it are only remembered."""
        while (frame := await self.receive())["type"] != frame_type:
            pass
        return frame

    async def rest(self) -> list[dict[str, Any]]:
        """What has come and was not received yet. Everything that was going on is over afterwards."""
        await self.hall.settle()
        before = len(self.seen)
        await self.send("ping")
        await self.next("pong")
        return self.seen[before:-1]

    async def join(self, room: str | None, since: int | None = None) -> dict[str, Any]:
        """Join a room; its history."""
        await self.send("join", room=room, **({} if since is None else {"since": since}))
        return await self.next("history")

    async def say(self, room: str | None, body: str, txn_id: str) -> None:
        await self.send("message", room=room, txn_id=txn_id, body=body)

    async def closed(self) -> tuple[int | None, str]:
        """How the socket was closed: code and reason. Frames before it are remembered."""
        while (message := await self.ws.receive(DEADLINE)).type is WSMsgType.TEXT:
            self.seen.append(json.loads(message.data))
        assert message.type is WSMsgType.CLOSE, message
        return message.data, message.extra or ""


@dataclass
class Parts:
    """What can be served."""

    office: Office
    gateway: Gateway
    accounts: Accounts
    settings: Settings
    pace: Pace


@dataclass
class Hall:
    """Everything, and a way to open sockets to it."""

    office: Office
    gateway: Gateway
    accounts: Accounts
    tokens: Tokens
    client: TestClient[web.Request, web.Application]
    windows: list[Window] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: count(1))

    async def token_of(self, who: Principal) -> tuple[str, str]:
        """A new session of somebody: its token and its id."""
        clock = self.office.clock
        session = Session(f"session{next(self._numbers)}", who.id, "hash", clock.now() + timedelta(days=1))
        async with self.office.store.write() as tx:
            await tx.sessions.add(session)
        return self.tokens.mint(who, session.id, "gateway", clock.now()), session.id

    async def open(self, who: Principal, token: str | None = None, **more: Any) -> Window:
        """Open a socket, up to and with its `welcome`."""
        token = token or (await self.token_of(who))[0]
        ws = await self.client.ws_connect("/api/v1/ws", protocols=("chaperone.v1", f"bearer.{token}"), **more)
        window = Window(ws, self)
        self.windows.append(window)
        assert (await window.receive())["type"] == "welcome"
        return window

    async def settle(self) -> None:
        """Until outbox, homeserver, notices, feeds and writes are all at rest."""
        while True:
            await self.office.settle()
            if not await self._let_run():
                return

    async def emptied(self) -> None:
        """Until the last socket is forgotten."""
        for _ in range(1000):
            if not self.gateway.fanout.readers():
                return
            await asyncio.sleep(0)
        raise AssertionError("a socket is still remembered")

    async def _let_run(self) -> bool:
        """Let the gateway do what it has to; whether there was anything."""
        was_busy = False
        while self._is_busy():
            was_busy = True
            await asyncio.sleep(0)
        return was_busy

    def _is_busy(self) -> bool:
        notices = self.office.notices
        assert isinstance(notices, ToldNotices)
        fanout = self.gateway.fanout
        connections = [reader for reader in fanout.readers() if isinstance(reader, Connection)]
        lanes = [connection._lane for connection in connections if connection._lane is not None]
        return (
            any(subscription._waiting for subscription in notices.gateway._subscriptions)
            or any(not feed.lane.is_idle for feed in fanout._feeds.values())
            or any(not lane.is_idle for lane in lanes)
        )


def add_gateway_only(app: web.Application, hall: Parts) -> None:
    """Serve the socket, and nothing else."""
    hall.gateway.add_to(app)


@asynccontextmanager
async def open_hall(
    directory: Path, serve: Callable[[web.Application, Parts], None] = add_gateway_only, **gateway_settings: Any
) -> AsyncIterator[Hall]:
    settings = Settings(gateway=GatewaySettings(**{"ack_patience_seconds": 0.05, **gateway_settings}))
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    store = await SqlStore.open(f"sqlite+aiosqlite:///{directory / 'bridge.db'}", BOT)
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    try:
        notices = ToldNotices()
        office = Office(store, FakeHomeserver(), notices=notices)
        async with store.write() as tx:
            for one in (*STAFF, GINA, HUGO):
                await tx.principals.add(one, Profile(one.login.title()), None, office.clock.now())
        await office.founding.found()
        await office.settle()
        tokens, tries = Tokens(key, settings.accounts), Tries(settings.accounts)
        accounts = Accounts(store, tokens, office.clock, settings, notices, passwords, tries)
        pace = Pace(settings.gateway, office.clock)
        gateway = Gateway(accounts, office.desk, Timeline(store), store, notices.gateway, office.clock, settings, pace)
        await gateway.start()
        app = web.Application()
        serve(app, Parts(office, gateway, accounts, settings, pace))
        async with TestClient(TestServer(app)) as client:
            hall = Hall(office, gateway, accounts, tokens, client)
            try:
                yield hall
            finally:
                for window in hall.windows:
                    await window.ws.close()
                await gateway.stop()
    finally:
        await store.close()


def texts_of(history: Mapping[str, Any]) -> list[str]:
    """The bodies of a history's messages."""
    return [e["content"]["body"] for e in history["events"] if e["type"] == "m.room.message" and e["content"]]
