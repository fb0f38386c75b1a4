from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.chain import Head
from bridge.desk.replay import replay
from tests.bridge.desk.office import Office, open_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office at work. Whatever a test decides in it, every rule can be asked again afterwards."""
    async with open_office(tmp_path) as office:
        yield office
        async with office.store.read() as tx:
            head = await replay(tx)
        assert isinstance(head, Head), f"the audit log does not replay: {head}"
