from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from bridge.gateway.doors import is_upgrade, offers_protocol, parse_token

PROTOCOLS = "Sec-WebSocket-Protocol"


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({PROTOCOLS: "chaperone.v1, bearer.abc"}, "abc"),
        ({PROTOCOLS: "bearer.abc,chaperone.v1"}, "abc"),
        ({PROTOCOLS: "chaperone.v1"}, None),
        ({PROTOCOLS: "bearer."}, ""),
        ({"Authorization": "Bearer abc"}, "abc"),
        ({"Authorization": "bearer  abc "}, "abc"),
        ({"Authorization": "Basic abc"}, None),
        ({"Authorization": "Bearer "}, None),
        ({"Authorization": "Bearer abc", PROTOCOLS: "bearer.def"}, "abc"),
        ({}, None),
    ],
)
def test_a_token_is_in_the_header_or_among_the_subprotocols(headers: dict[str, str], token: str | None) -> None:
    assert parse_token(make_mocked_request("GET", "/api/v1/ws?token=x", headers=headers)) == token


@pytest.mark.parametrize(
    ("headers", "wants"),
    [
        ({"Upgrade": "websocket", "Connection": "Upgrade"}, True),
        ({"Upgrade": "WebSocket", "Connection": "keep-alive, Upgrade"}, True),
        ({"Upgrade": "h2c", "Connection": "Upgrade"}, False),
        ({"Upgrade": "websocket"}, False),
        ({}, False),
    ],
)
def test_an_upgrade_is_asked_for_by_two_headers(headers: dict[str, str], *, wants: bool) -> None:
    assert is_upgrade(make_mocked_request("GET", "/", headers=headers)) is wants


@pytest.mark.parametrize(
    ("offered", "is_ours"),
    [("chaperone.v1", True), ("bearer.x, chaperone.v1", True), ("bearer.x", False), (None, True)],
)
def test_who_offers_subprotocols_offers_ours(offered: str | None, *, is_ours: bool) -> None:
    headers = {} if offered is None else {PROTOCOLS: offered}
    assert offers_protocol(make_mocked_request("GET", "/", headers=headers)) is is_ours
