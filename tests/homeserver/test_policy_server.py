"""Without other servers the module is no policy server, and says so to the bridge; with them it has its pace."""

from __future__ import annotations

import io
import warnings
from types import SimpleNamespace
from typing import Any, cast

import pytest

from homeserver.pace import BURST
from tests.homeserver.house import House

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Twisted deprecates what Synapse imports of it
    from synapse.api.errors import LimitExceededError

    from homeserver.policy_server import SignResource

SIGN_PATH = "/_matrix/policy/v1/sign"
STATE_PATH = "/_synapse/chaperone/policy_server"

e2e = pytest.mark.e2e


@e2e
async def test_there_is_nobody_for_rooms_to_name(house: House) -> None:
    answer = await house.request("GET", STATE_PATH, token=house.synapse.secret("module_secret"))
    assert (answer.status, answer.body) == (200, {})


@e2e
async def test_only_the_bridge_is_told(house: House) -> None:
    assert (await house.request("GET", STATE_PATH)).status == 401
    assert (await house.request("GET", STATE_PATH, token="guessed")).status == 401


@e2e
async def test_nobody_is_answered_who_asks_for_a_signature(house: House) -> None:
    answer = await house.request("POST", SIGN_PATH, {})
    assert (answer.status, answer.code) == (404, "M_UNRECOGNIZED")


class Server:
    """Signs anything, and authenticates whoever the request names."""

    async def authenticate(self, request: Any, pdu: dict[str, Any]) -> str:
        return str(pdu["from"])

    async def sign(self, origin: str, pdu: dict[str, Any]) -> dict[str, Any]:
        return {"signed for": origin}


async def test_a_server_that_asks_too_often_is_told_when_to_come_back_and_others_are_answered() -> None:
    api, server = SimpleNamespace(get_current_time_msec=lambda: 0), Server()
    resource = SignResource(cast(Any, api), cast(Any, server), cast(Any, server))

    async def ask(origin: str) -> tuple[int, dict[str, Any]]:
        request = SimpleNamespace(content=io.BytesIO(f'{{"from": "{origin}"}}'.encode()))
        return await resource._async_render_POST(cast(Any, request))

    for _ in range(BURST):
        assert await ask("there.example") == (200, {"signed for": "there.example"})
    with pytest.raises(LimitExceededError) as raised:
        await ask("there.example")
    assert raised.value.code == 429
    assert raised.value.retry_after_ms
    assert await ask("third.example") == (200, {"signed for": "third.example"})
