"""Without other servers the module is no policy server, and says so to the bridge."""

from __future__ import annotations

import pytest

from tests.homeserver.house import House

SIGN_PATH = "/_matrix/policy/v1/sign"
STATE_PATH = "/_synapse/chaperone/policy_server"

pytestmark = pytest.mark.e2e


async def test_there_is_nobody_for_rooms_to_name(house: House) -> None:
    answer = await house.request("GET", STATE_PATH, token=house.synapse.secret("module_secret"))
    assert (answer.status, answer.body) == (200, {})


async def test_only_the_bridge_is_told(house: House) -> None:
    assert (await house.request("GET", STATE_PATH)).status == 401
    assert (await house.request("GET", STATE_PATH, token="guessed")).status == 401


async def test_nobody_is_answered_who_asks_for_a_signature(house: House) -> None:
    answer = await house.request("POST", SIGN_PATH, {})
    assert (answer.status, answer.code) == (404, "M_UNRECOGNIZED")
