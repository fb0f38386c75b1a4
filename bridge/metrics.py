"""Figures for whoever keeps the bridge running, served on a port of their own (`bridge.metrics_port`).

Nothing is labelled by person, room or issue: by declared routes, statuses and states only, of which there are few. So
the figures tell no more about people than that they are there, and do not grow with them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0

from bridge.ports import Clock, IncomingEvent, Store

METHODS: Final = frozenset(hdrs.METH_ALL)
LAGS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600)
"""Seconds: from a homeserver next door to one that was away."""


class Metrics:
    """What is counted, in one registry."""

    def __init__(self, store: Store, clock: Clock, count_sockets: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "chaperone_requests", "Requests answered", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram("chaperone_request_seconds", "How long answers took", ("route",), registry=registry)
        self._lag = Histogram(
            "chaperone_appservice_lag_seconds", "How old events are when we hear them", buckets=LAGS, registry=registry
        )
        self._outbox = Gauge(
            "chaperone_outbox_rows", "What is still to be done, and what was given up", ("state",), registry=registry
        )
        Gauge("chaperone_sockets", "Open sockets", registry=registry).set_function(count_sockets)

    @web.middleware
    async def watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count a request of the application that this is a middleware of."""
        began = time.perf_counter()
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "none"
        status = 500
        try:
            response = await handler(request)
            status = response.status
            return response
        except web.HTTPException as answer:
            status = answer.status
            raise
        finally:
            method = request.method if request.method in METHODS else "other"
            self._requests.labels(method, route, str(status)).inc()
            if status != HTTPStatus.SWITCHING_PROTOCOLS:  # a socket is open for hours
                self._seconds.labels(route).observe(time.perf_counter() - began)

    def told(self, events: Iterable[IncomingEvent]) -> None:
        """The homeserver told us of these; how old each is, by the clock of its sender's server."""
        now = self._clock.now().timestamp()
        for event in events:
            self._lag.observe(max(0.0, now - event.origin_server_ts / 1000))

    async def show(self, request: web.Request) -> web.Response:
        """`GET /metrics`."""
        async with self._store.read() as tx:
            waiting, dead = await tx.outbox.backlog()
        self._outbox.labels("waiting").set(waiting)
        self._outbox.labels("dead").set(dead)
        return web.Response(body=generate_latest(self._registry), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_PLAIN_1_0_0})

    def build_app(self) -> web.Application:
        """What is served on their port: this and nothing else."""
        app = web.Application()
        app.router.add_get("/metrics", self.show)
        return app
