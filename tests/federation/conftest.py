"""The two homeservers that these tests share, and people of both."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator

import pytest

from tests.federation.town import Town, open_town
from tests.homeserver.house import Someone

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Twisted deprecates what Synapse imports of it, and these tests forge with Synapse
    import synapse.module_api  # noqa: F401 - for its effect


@pytest.fixture(scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with open_town(tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture(scope="session")
async def ada(town: Town) -> Someone:
    """An employee here."""
    return await town.here.person("ada")


@pytest.fixture(scope="session")
async def ben(town: Town) -> Someone:
    """Another one."""
    return await town.here.person("ben")


@pytest.fixture(scope="session")
async def gina(town: Town) -> Someone:
    """A guest for whom the bridge acts."""
    return await town.here.ghost("gina")


@pytest.fixture(scope="session")
async def bob(town: Town) -> Someone:
    """A guest from the other server."""
    return await town.there.register("bob")


@pytest.fixture(scope="session")
async def carl(town: Town) -> Someone:
    """Another one."""
    return await town.there.register("carl")
