"""The way of one request through its declaration: who are you, may you, what do you ask, what do you get.

    token ─▶ route known to this role? ─▶ allowed? ─▶ query or body → model ─▶ handler ─▶ answer of the declared shape
      401          404, as if missing        403          400 · 413                             (else 500: never a leak)

Nothing of the body is read before it is known that its sender may send it.
"""

from __future__ import annotations

import json
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ValidationError

from bridge.accounts.principals import Authenticated
from bridge.api.address import address_of
from bridge.api.authority import Who, may_enter, may_know
from bridge.api.bodies import MAX_BODY
from bridge.api.errors import CHALLENGE, ApiFault, Errcode, build_refused, build_unknown_route
from bridge.api.pace import check_request
from bridge.api.pages import Page
from bridge.api.repeats import AnsweredMeanwhile, Repeat, parse_key
from bridge.api.routes import AnyRoute, Call, sees_as_guest
from bridge.api.services import Services
from bridge.errors import Taken
from policies.names import Code
from policies.outcomes import Refuse

CALLER: Final = web.RequestKey("caller", Authenticated)
"""Who turned out to call, for the access log."""


def build_handler(route: AnyRoute, services: Services) -> Handler:
    """The aiohttp handler of one route."""

    async def serve(request: web.Request) -> web.StreamResponse:
        caller = None
        if route.who is not Who.ANYONE:
            caller = await load_caller(request, services)
            check_entry(route, caller)
            check_request(services.pace, caller.principal)
        as_guest = sees_as_guest(caller)
        asked = await parse_asked(route, request, as_guest=as_guest)
        repeat = build_repeat(route, request, services, caller, asked)
        earlier = None if repeat is None else await repeat.load()
        if earlier is not None:
            return _build_json(earlier, route.status)
        origin = request.headers.get("Origin")
        forwarded = request.headers.getall("X-Forwarded-For", [])
        address = address_of(request.remote, forwarded, services.settings.bridge.trusted_proxies)
        try:
            answer = await route.handle(Call(services, asked, request.match_info, address, caller, origin, repeat))
        except (AnsweredMeanwhile, Taken):
            earlier = None if repeat is None else await repeat.load()
            if earlier is None:
                raise
            return _build_json(earlier, route.status)
        if isinstance(answer, Refuse):
            raise build_refused(answer)
        promised = route.guests_get if as_guest and route.guests_get else route.gives
        if type(answer) is not promised:
            raise TypeError(f"{route.method} {route.path} promised {promised.__name__}, not {type(answer).__name__}")
        if repeat is not None and not route.makes_something:
            await repeat.keep_alone(answer)
        return build_response(answer, route.status)

    return serve


def build_wrong_method(routes: tuple[AnyRoute, ...], services: Services) -> Handler:
    """The handler of a known path under a method that it does not have: 405, or 404 to whom the path is unknown."""

    async def serve(request: web.Request) -> web.StreamResponse:
        role = None
        if bearer_of(request) is not None and all(r.who is not Who.ANYONE for r in routes):
            role = (await load_caller(request, services)).principal.role
        known = [r.method for r in routes if may_know(r.who, role)]
        if not known:
            raise build_unknown_route()
        allow = ", ".join(sorted({*known, *(["HEAD"] if "GET" in known else [])}))
        raise ApiFault(Errcode.WRONG_METHOD, f"Only {allow} here.", headers={"Allow": allow})

    return serve


def build_repeat(
    route: AnyRoute, request: web.Request, services: Services, caller: Authenticated | None, asked: BaseModel
) -> Repeat | None:
    """What the request may be the repetition of; None if it says nothing of the kind.

    :raises ApiFault: 400, if its key is none.
    """
    key = parse_key(request) if route.can_be_repeated and caller is not None else None
    if key is None or caller is None:
        return None
    name = f"{route.method} {route.path}"
    about = json.dumps(dict(request.match_info), sort_keys=True) + asked.model_dump_json()
    return Repeat(caller.principal.id, name, key, about, services.store, services.clock)


def bearer_of(request: web.Request) -> str | None:
    """The token of the Authorization header; None if there is no such header. Tokens are never read from the URL."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def load_caller(request: web.Request, services: Services) -> Authenticated:
    """Who sends this.

    :raises ApiFault: 401, saying whether a new token would help.
    """
    token = bearer_of(request)
    if not token:
        raise ApiFault(Errcode.MISSING_TOKEN, "Log in first: this needs “Authorization: Bearer …”.", headers=CHALLENGE)
    caller = await services.accounts.authenticate(token)
    request[CALLER] = caller
    return caller


def check_entry(route: AnyRoute, caller: Authenticated) -> None:
    """Let the caller in.

    :raises ApiFault: 404 where the route does not exist for them, 403 where it does.
    """
    role = caller.principal.role
    if not may_know(route.who, role):
        raise build_unknown_route()
    verdict = may_enter(route.who, role)
    if isinstance(verdict, Refuse):
        raise build_refused(verdict)


async def parse_asked(route: AnyRoute, request: web.Request, *, as_guest: bool) -> Any:
    """The query or body as the route's model; a guest's is first held against what guests may ask."""
    models = [route.takes] if not (as_guest and route.guests_take) else [route.guests_take, route.takes]
    if route.has_body:
        if request.query_string:
            raise ApiFault(Errcode.INVALID_PARAM, "This takes no query string.", {"faults": []})
        body = await read_body(request)
        return [_parse_json(model, body) for model in models][-1]
    return [_parse_query(model, request) for model in models][-1]


async def read_body(request: web.Request) -> bytes:
    """All of the body, or nothing of it if it is longer than any body may be."""
    too_large = ApiFault(Code.TOO_LARGE, f"A body may have {MAX_BODY} bytes.", {"limit": MAX_BODY})
    if (request.content_length or 0) > MAX_BODY:
        raise too_large
    body = bytearray()
    try:
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > MAX_BODY:
                raise too_large
    except (web.RequestPayloadError, ConnectionError) as broken:
        raise ApiFault(Errcode.BAD_REQUEST, "The body is broken, or ended early.") from broken
    return bytes(body)


def _parse_json(model: type[BaseModel], body: bytes) -> BaseModel:
    try:
        return model.model_validate_json(body if body.strip() else b"{}")
    except ValidationError as fault:
        if any(e["type"] == "json_invalid" for e in fault.errors(include_url=False, include_input=False)):
            raise ApiFault(Errcode.NOT_JSON, "The body is not JSON.") from None
        raise ApiFault(Errcode.BAD_JSON, "The body does not fit.", {"faults": _faults(fault)}) from None


def _parse_query(model: type[BaseModel], request: web.Request) -> BaseModel:
    asked: dict[str, str] = {}
    for name, value in request.query.items():
        if name in asked:
            faults = [{"where": name[:64], "fault": "given more than once"}]
            raise ApiFault(Errcode.INVALID_PARAM, "The query does not fit.", {"faults": faults})
        asked[name] = value
    try:
        return model.model_validate(asked)
    except ValidationError as fault:
        raise ApiFault(Errcode.INVALID_PARAM, "The query does not fit.", {"faults": _faults(fault)}) from None


def _faults(fault: ValidationError) -> list[dict[str, str]]:
    """Where and what, never the value: it may be a password."""
    return [
        {"where": ".".join(str(part) for part in e["loc"])[:64], "fault": e["msg"]}
        for e in fault.errors(include_url=False, include_input=False, include_context=False)[:20]
    ]


_NOT_KEPT: Final = {"Cache-Control": "no-store"}
"""Answers hold tokens and people's words; no cache on the way keeps them."""


def build_response(answer: BaseModel, status: int) -> web.Response:
    """The answer as it goes over the wire."""
    if isinstance(answer, Page):
        return web.Response(text=answer.root, content_type="text/html", headers=answer.headers())
    return _build_json(answer.model_dump_json(), status)


def _build_json(text: str, status: int) -> web.Response:
    return web.Response(text=text, status=status, headers=_NOT_KEPT, content_type="application/json")


def build_error_response(fault: ApiFault) -> web.Response:
    """The error as it goes over the wire."""
    return web.Response(
        # An error may name what was asked for, and a path can be percent-encoded rubbish: escaped, it is always JSON.
        text=json.dumps(fault.body()),
        status=fault.status,
        headers={**_NOT_KEPT, **fault.headers},
        content_type="application/json",
    )
