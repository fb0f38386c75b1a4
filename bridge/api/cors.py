"""Which pages of other web sites may speak to the API: those of the settings, on the routes a widget needs.

    OPTIONS, from such a page, to such a route ─▶ 204, and what may be sent           (else as if there were no CORS)
    anything else from such a page to such a route ─▶ the answer, and that the page may read it

No cookie is ever used, so no other page could do anything in a visitor's name; this only decides who may read answers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from aiohttp import hdrs, web

from bridge.api.routes import AnyRoute

MAY_SEND: Final = "Authorization, Content-Type, Idempotency-Key"
MAY_READ: Final = "Retry-After, X-Request-Id"
KEPT_FOR: Final = 600
"""Seconds for which a browser need not ask again."""


class Cors:
    """Answers browsers."""

    def __init__(self, routes: Sequence[AnyRoute], origins: Collection[str]) -> None:
        self._origins = frozenset(origins)
        self._methods: dict[str, set[str]] = {}
        for route in routes:
            if route.for_widgets:
                self._methods.setdefault(route.path, set()).add(route.method)

    def answer_preflight(self, request: web.Request) -> web.Response | None:
        """What a browser asks before it asks; None if this is nothing of the kind."""
        if request.method != hdrs.METH_OPTIONS or hdrs.ACCESS_CONTROL_REQUEST_METHOD not in request.headers:
            return None
        methods = self._methods_of(request)
        if not methods or not self._is_welcome(request):
            return None
        return web.Response(
            status=204,
            headers={
                hdrs.ACCESS_CONTROL_ALLOW_METHODS: ", ".join(sorted(methods)),
                hdrs.ACCESS_CONTROL_ALLOW_HEADERS: MAY_SEND,
                hdrs.ACCESS_CONTROL_MAX_AGE: str(KEPT_FOR),
            },
        )

    def mark(self, request: web.Request, response: web.StreamResponse) -> None:
        """Say in an answer whether the page that asked may read it."""
        if not self._origins or not self._methods_of(request):
            return
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        if self._is_welcome(request):
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = request.headers[hdrs.ORIGIN]
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = MAY_READ

    def _is_welcome(self, request: web.Request) -> bool:
        return request.headers.get(hdrs.ORIGIN) in self._origins

    def _methods_of(self, request: web.Request) -> Collection[str]:
        resource = request.match_info.route.resource
        return self._methods.get(resource.canonical, ()) if resource else ()
