from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.e2e.house import House


@pytest.fixture(scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One running Chaperone for all tests of a worker. Whoever kills a part of it makes a house of their own."""
    house = House(tmp_path_factory.mktemp("house") / "var")
    await house.start()
    yield house
    assert await house.stop() == 0
