"""Which start of Synapse this is, on a real one."""

from __future__ import annotations

import pytest

from tests.homeserver.house import House

pytestmark = pytest.mark.e2e
PATH = "/_synapse/chaperone/start"


async def test_a_start_says_the_same_each_time(house: House) -> None:
    secret = house.synapse.secret("module_secret")
    one, two = [await house.request("GET", PATH, None, token=secret) for _ in range(2)]
    assert one.status == 200
    assert one.body["start"]
    assert one == two


async def test_it_is_for_the_bridge_alone(house: House) -> None:
    assert (await house.request("GET", PATH, None, token="guess")).status == 401
