"""A Synapse with people in it, and somebody who stands for the bridge."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.homeserver.house import House, Someone
from tests.homeserver.root import make_root
from tests.homeserver.standin import BridgeStandIn
from tests.synapse import Synapse


@pytest.fixture(scope="session")
async def house(synapse: Synapse) -> AsyncIterator[House]:
    async with aiohttp.ClientSession() as http:
        house = House(synapse, http)
        await house.open()
        yield house


@pytest.fixture(scope="session")
async def ada(house: House) -> Someone:
    return await house.person("ada")


@pytest.fixture(scope="session")
async def ben(house: House) -> Someone:
    return await house.person("ben")


@pytest.fixture(scope="session")
async def gina(house: House) -> Someone:
    return await house.ghost("gina")


@pytest.fixture(scope="session")
async def root(house: House) -> Someone:
    return await make_root(house)


@pytest.fixture
async def bridge(synapse: Synapse) -> AsyncIterator[BridgeStandIn]:
    async with BridgeStandIn(synapse.secret("module_secret")).listen(synapse) as standin:
        yield standin
