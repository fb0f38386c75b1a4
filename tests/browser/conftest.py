from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.chromium import PROGRAM, Chromium, Tab, open_chromium
from tests.browser.parlour import Parlour, open_parlour


@pytest.fixture(scope="session")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chromium]:
    """One browser for all tests of a worker."""
    if PROGRAM is None:
        pytest.skip("there is no Chromium on this machine")
    async with open_chromium(tmp_path_factory.mktemp("profile")) as chromium:
        yield chromium


@pytest.fixture
async def parlour(tmp_path: Path) -> AsyncIterator[Parlour]:
    async with open_parlour(tmp_path) as parlour:
        yield parlour


@pytest.fixture
async def tab(chromium: Chromium, parlour: Parlour) -> AsyncIterator[Tab]:
    """A tab that saw nothing before, on which nothing may go wrong and which may ask nobody but us."""
    tab = await chromium.tab()
    yield tab
    assert tab.faults == []
    assert [url for url in tab.requests if not url.startswith((parlour.url, "about:"))] == []
    await tab.ask("Page.close")
