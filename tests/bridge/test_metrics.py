from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bridge.metrics import Metrics
from bridge.ports import IncomingEvent
from bridge.store.database import SqlStore
from policies.names import EventId, RoomId
from tests.builders.people import ADA, BOT
from tests.fakes.clock import MORNING, FakeClock


@dataclass
class Meter:
    """Metrics, and an application that they watch."""

    metrics: Metrics
    store: SqlStore
    app: TestClient[web.Request, web.Application]
    figures: TestClient[web.Request, web.Application]

    async def read(self) -> dict[str, float]:
        async with self.figures.get("/metrics") as response:
            assert response.status == 200
            lines = (await response.text()).splitlines()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


@pytest.fixture
async def meter(tmp_path: Path) -> AsyncIterator[Meter]:
    store = await SqlStore.open(f"sqlite+aiosqlite:///{tmp_path / 'bridge.db'}", BOT)
    metrics = Metrics(store, FakeClock(), lambda: 3)
    app = web.Application(middlewares=[metrics.watch])

    async def answer(request: web.Request) -> web.StreamResponse:
        match request.match_info["what"]:
            case "raise":
                raise RuntimeError
            case "refuse":
                raise web.HTTPForbidden
            case "socket":
                socket = web.WebSocketResponse()
                await socket.prepare(request)
                await socket.close()
                return socket
        return web.Response()

    app.router.add_route("*", "/rooms/{what}", answer)
    async with TestClient(TestServer(app)) as client, TestClient(TestServer(metrics.build_app())) as figures:
        yield Meter(metrics, store, client, figures)
    await store.close()


async def test_requests_are_counted_by_route_and_never_by_what_is_in_the_path(meter: Meter) -> None:
    for what in ("secret-room", "another", "raise", "refuse"):
        await meter.app.get(f"/rooms/{what}")
    await meter.app.get("/nowhere/secret-room")
    await meter.app.request("PROPFIND", "/rooms/another")
    figures = await meter.read()
    route = 'route="/rooms/{what}"'
    assert figures[f'chaperone_requests_total{{method="GET",{route},status="200"}}'] == 2
    assert figures[f'chaperone_requests_total{{method="GET",{route},status="403"}}'] == 1
    assert figures[f'chaperone_requests_total{{method="GET",{route},status="500"}}'] == 1
    assert figures[f'chaperone_requests_total{{method="other",{route},status="200"}}'] == 1
    assert figures['chaperone_requests_total{method="GET",route="none",status="404"}'] == 1
    assert figures[f"chaperone_request_seconds_count{{{route}}}"] == 5
    assert "secret" not in str(figures)


async def test_a_socket_is_counted_and_how_long_it_is_open_is_no_answers_time(meter: Meter) -> None:
    socket = await meter.app.ws_connect("/rooms/socket")
    await socket.receive()
    await socket.close()
    figures = await meter.read()
    assert figures['chaperone_requests_total{method="GET",route="/rooms/{what}",status="101"}'] == 1
    assert not any("request_seconds" in name for name in figures)
    assert figures["chaperone_sockets"] == 3


async def test_what_the_outbox_has_to_do_and_what_it_gave_up_is_counted(meter: Meter) -> None:
    async with meter.store.write() as tx:
        rows = [await tx.outbox.add(lane, {"kind": "x"}, MORNING) for lane in "abcd"]
        await tx.outbox.drop(rows[0], MORNING, "never")
        await tx.outbox.done(rows[1], MORNING)
    figures = await meter.read()
    assert figures['chaperone_outbox_rows{state="waiting"}'] == 2
    assert figures['chaperone_outbox_rows{state="dead"}'] == 1


async def test_how_old_events_are_when_we_hear_them_is_counted(meter: Meter) -> None:
    now = int(MORNING.timestamp() * 1000)
    meter.metrics.told(
        IncomingEvent(EventId(f"${age}"), RoomId("!room"), "m.room.message", ADA.user_id, now - age, {})
        for age in (0, 2000, -5000)  # the last by a clock that is fast
    )
    figures = await meter.read()
    assert figures["chaperone_appservice_lag_seconds_count"] == 3
    assert figures["chaperone_appservice_lag_seconds_sum"] == 2
    assert not any("room" in name or "ada" in name for name in figures if "lag" in name)


async def test_nothing_else_is_served_beside_them(meter: Meter) -> None:
    for path in ("/", "/api/v1/me", "/healthz"):
        assert (await meter.figures.get(path)).status == 404
