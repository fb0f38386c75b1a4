"""Who may open a socket: the token of a request that wants to be one, and what is said to who may not."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from bridge.gateway.frames import PROTOCOL

BEARER: Final = "bearer."
"""A browser can set no header on a socket, so the token travels as the name of a second subprotocol."""


def parse_protocols(request: web.Request) -> list[str]:
    """The subprotocols that were offered."""
    offered = ",".join(request.headers.getall("Sec-WebSocket-Protocol", []))
    return [name.strip() for name in offered.split(",") if name.strip()]


def parse_token(request: web.Request) -> str | None:
    """The token, from the Authorization header or else the subprotocols. Never from the URL: URLs are logged."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    offered = (name.removeprefix(BEARER) for name in parse_protocols(request) if name.startswith(BEARER))
    return next(offered, None)


def is_upgrade(request: web.Request) -> bool:
    """Whether the request wants to become a socket (RFC 6455, 4.2.1)."""
    upgrade = request.headers.get("Upgrade", "").strip().lower()
    connection = request.headers.get("Connection", "").lower()
    return upgrade == "websocket" and "upgrade" in connection


def offers_protocol(request: web.Request) -> bool:
    """Whether ours is among what was offered, or nothing was.

    aiohttp logs the offer when none of it fits, tokens and all; and a browser drops a socket that selects nothing.
    """
    offered = parse_protocols(request)
    return not offered or PROTOCOL in offered


def build_refusal(status: int, errcode: str, sentence: str, **fields: Any) -> web.Response:
    """An error before the upgrade, in the form of the API's."""
    headers = {"Cache-Control": "no-store"}
    match status:
        case 401:
            headers["WWW-Authenticate"] = "Bearer"
        case 426:
            headers |= {"Upgrade": "websocket", "Connection": "Upgrade"}
        case 429:
            headers["Retry-After"] = "5"
    return web.json_response({**fields, "errcode": errcode, "error": sentence}, status=status, headers=headers)
