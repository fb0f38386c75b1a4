"""Around every request of the application, pages and socket included: a request id, one line in the log, and an error
body for whatever goes wrong.

    request id ─▶ … ─▶ handler ─▶ answer                        log: method, route, status, milliseconds, who
                          └─ raises ─▶ code, status, error body   (what nobody expected: 500, the trace in the log only)

The line names the declared route and not the path that was typed, so that no query, token or name of a person is in it.
"""

from __future__ import annotations

import re
import time
from typing import Final
from uuid import uuid4

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bridge.api.cors import Cors
from bridge.api.entry import CALLER, bearer_of, build_error_response, load_caller
from bridge.api.errors import ApiFault, Errcode, build_unknown_route
from bridge.api.faults import build_fault
from bridge.api.routes import V1
from bridge.api.services import Services
from policies.names import Code

log = structlog.get_logger(__name__)

REQUEST_ID: Final = "X-Request-Id"
_FIT_FOR_A_LOG: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


def build_middleware(services: Services, cors: Cors) -> Middleware:
    """The one middleware; outermost, so that it sees every way a request can end."""

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        request_id = parse_request_id(request.headers.get(REQUEST_ID))
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = cors.answer_preflight(request) or await _answer(request, handler, services)
            if not response.prepared:
                cors.mark(request, response)
                response.headers[REQUEST_ID] = request_id
                response.headers["X-Content-Type-Options"] = "nosniff"
            caller = request.get(CALLER)
            log.info(
                "api.request",
                method=request.method if request.method.isalpha() else "?",
                route=_route_of(request),
                status=response.status,
                ms=round((time.perf_counter() - began) * 1000, 1),
                principal=caller.principal.id if caller else None,
            )
        return response

    return watch


def parse_request_id(given: str | None) -> str:
    """The id a proxy gave, if it is fit for a log; otherwise a new one."""
    return given if given and _FIT_FOR_A_LOG.fullmatch(given) else uuid4().hex


def _route_of(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"


async def _answer(request: web.Request, handler: Handler, services: Services) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPRedirection:
        raise
    except web.HTTPException as fault:
        return await _answer_of_the_server(request, fault, services)
    except Exception as fault:
        return _answer_of_a_fault(fault)


def _answer_of_a_fault(fault: Exception) -> web.Response:
    known = build_fault(fault)
    if known is None:
        log.error("api.failed", exc_info=fault)
        known = ApiFault(Errcode.UNKNOWN, "Something went wrong here. It was noted under this request's id.")
    return build_error_response(known)


async def _answer_of_the_server(request: web.Request, fault: web.HTTPException, services: Services) -> web.Response:
    """What aiohttp itself refuses, in our words."""
    match fault.status:
        case 404:
            # A path that leads nowhere and a path that is not for a guest must differ in nothing, so a token is
            # held against the list here too: a bad one is 401 in both places.
            if request.path.startswith(V1) and bearer_of(request):
                try:
                    await load_caller(request, services)
                except Exception as bad_token:
                    return _answer_of_a_fault(bad_token)
            return build_error_response(build_unknown_route())
        case 405:
            allow = fault.headers.get("Allow", "")
            wrong = ApiFault(Errcode.WRONG_METHOD, f"Only {allow.replace(',', ', ')} here.", headers={"Allow": allow})
            return build_error_response(wrong)
        case 413:
            return build_error_response(ApiFault(Code.TOO_LARGE, "The request is too large."))
        case status if status < 500:
            return build_error_response(ApiFault(Errcode.BAD_REQUEST, "The request is broken."))
        case _:
            return _answer_of_a_fault(fault)
