"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.synapse import Synapse


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """One running Synapse for all tests of a worker. Whoever kills it makes one of their own."""
    synapse = Synapse(tmp_path_factory.mktemp("synapse"))
    synapse.start()
    yield synapse
    synapse.stop()
