"""What every test may ask for, and how hard hypothesis tries.

It tries a slice that is the same in every run, or (`make prove`) as much as it likes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.synapse import Synapse

settings.register_profile("slice", derandomize=True, max_examples=100, deadline=None, database=None)
settings.register_profile("prove", max_examples=2000, deadline=None)
settings.load_profile("prove" if os.environ.get("CHAPERONE_PROVE") else "slice")


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """One running Synapse for all tests of a worker. Whoever kills it makes one of their own."""
    synapse = Synapse(tmp_path_factory.mktemp("synapse"))
    synapse.start()
    yield synapse
    synapse.stop()
