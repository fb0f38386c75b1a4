from __future__ import annotations

from datetime import datetime

from bridge.housekeeping import AGAIN, BETWEEN, Housekeeping
from tests.fakes.clock import MORNING, FakeClock


class Store:
    def __init__(self, *, works: bool = True) -> None:
        self.pruned: list[datetime] = []
        self._works = works

    async def prune(self, now: datetime) -> int:
        self.pruned.append(now)
        if not self._works:
            raise OSError
        return 7


async def test_the_store_is_pruned_once_a_day() -> None:
    store = Store()
    assert await Housekeeping(store, FakeClock()).keep() == BETWEEN
    assert store.pruned == [MORNING]


async def test_what_failed_is_tried_again_sooner() -> None:
    assert await Housekeeping(Store(works=False), FakeClock()).keep() == AGAIN
