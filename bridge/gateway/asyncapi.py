"""`/asyncapi.json`: the socket described for programs, made from the models that parse and build its frames."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from bridge.gateway import frames
from bridge.gateway.frames import CloseCode, Frame

FROM_CLIENT: Final[tuple[type[Frame], ...]] = (
    frames.Join,
    frames.Message,
    frames.SetTyping,
    frames.SetRead,
    frames.Leave,
    frames.Ping,
)
FROM_SERVER: Final[tuple[type[Frame], ...]] = (
    frames.Welcome,
    frames.History,
    frames.Event,
    frames.Update,
    frames.Stream,
    frames.Ack,
    frames.TypingNow,
    frames.Read,
    frames.Member,
    frames.IssueNow,
    frames.Stats,
    frames.Error,
    frames.Pong,
)
CLOSE_CODES: Final = MappingProxyType(
    {
        CloseCode.GOING_AWAY: "The server stops or restarts. Connect again.",
        1009: "A frame was far over the size limit; an `error` came before.",
        CloseCode.FAULT: "A fault of ours. Connect again and join with `since`.",
        CloseCode.TOKEN_ENDED: "The token expired or was revoked. Refresh it, or log in.",
        CloseCode.TOO_SLOW: "What was sent was not read. The reason is a JSON object from rooms to cursors: join with "
        "them as `since`.",
    }
)
DESCRIPTION: Final = f"""The socket of Chaperone.

Connect with the subprotocols `{frames.PROTOCOL}` and `bearer.<jwt>`, or with `{frames.PROTOCOL}` and an Authorization
header. Every message is one JSON object. After `welcome`, `join` rooms: each `join` is answered by `history`, then
`member` for everybody who is there, then `issue`; then comes what happens. Keep the `cursor` of each room; after a
reconnect `join` with it as `since`, and send again what was not acknowledged, under the same `txn_id`.
"""


@cache
def build_asyncapi() -> dict[str, Any]:
    """The document (AsyncAPI 3.0)."""
    _, definitions = models_json_schema(
        [*((model, "validation") for model in FROM_CLIENT), *((model, "serialization") for model in FROM_SERVER)],
        ref_template="#/components/schemas/{model}",
    )
    schemas = definitions["$defs"]
    messages = {model.__name__: _message(model, schemas[model.__name__]) for model in (*FROM_CLIENT, *FROM_SERVER)}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Chaperone", "version": version("chaperone"), "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {
            "socket": {
                "address": "/api/v1/ws",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"ws": {"method": "GET"}},
                "x-close-codes": {str(code): meaning for code, meaning in CLOSE_CODES.items()},
            }
        },
        "operations": {
            "fromClient": _operation("receive", FROM_CLIENT, "What a client sends."),
            "fromServer": _operation("send", FROM_SERVER, "What the server sends."),
        },
        "components": {"messages": messages, "schemas": schemas},
    }


def _message(model: type[Frame], schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": schema["properties"]["type"]["const"],
        "title": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__),
        "summary": " ".join((model.__doc__ or "").split()),
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
    }


def _operation(action: str, models: tuple[type[Frame], ...], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": "#/channels/socket"},
        "messages": [{"$ref": f"#/channels/socket/messages/{model.__name__}"} for model in models],
    }
