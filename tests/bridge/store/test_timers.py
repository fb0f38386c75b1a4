from __future__ import annotations

from bridge.ports import Timer
from bridge.store.database import SqlStore
from policies.deadlines import Deadline
from tests.bridge.store.rows import NOW, later

COVER = Timer(Deadline.COVER, "7", later(60), {"leaving": ["@ada:localhost"]})
SILENCE = Timer(Deadline.SILENCE, "7", later(30))


async def keep(store: SqlStore, *timers: Timer) -> None:
    async with store.write() as tx:
        for timer in timers:
            await tx.timers.set(timer)


async def test_a_timer_is_there_until_it_is_cleared(store: SqlStore) -> None:
    await keep(store, COVER)
    async with store.write() as tx:
        assert await tx.timers.load(Deadline.COVER, "7") == COVER
        assert await tx.timers.load(Deadline.SILENCE, "7") is None
        await tx.timers.clear(Deadline.COVER, "7")
        await tx.timers.clear(Deadline.COVER, "7")
        assert await tx.timers.load(Deadline.COVER, "7") is None


async def test_one_that_is_set_again_takes_the_place_of_the_first(store: SqlStore) -> None:
    again = Timer(Deadline.COVER, "7", later(90))
    await keep(store, COVER, again)
    async with store.read() as tx:
        assert await tx.timers.due(later(100), 10) == [again]


async def test_what_passed_is_due_the_longest_ago_first(store: SqlStore) -> None:
    await keep(store, COVER, SILENCE)
    async with store.read() as tx:
        assert await tx.timers.due(NOW, 10) == []
        assert await tx.timers.due(later(30), 10) == [SILENCE]
        assert await tx.timers.due(later(60), 10) == [SILENCE, COVER]
        assert await tx.timers.due(later(60), 1) == [SILENCE]


async def test_the_next_time_is_the_earliest(store: SqlStore) -> None:
    async with store.read() as tx:
        assert await tx.timers.next_due() is None
    await keep(store, COVER, SILENCE)
    async with store.read() as tx:
        assert await tx.timers.next_due() == later(30)


async def test_what_is_set_is_known_by_what_it_is_about(store: SqlStore) -> None:
    other = Timer(Deadline.SILENCE, "8", later(30))
    await keep(store, COVER, SILENCE, other)
    async with store.read() as tx:
        assert await tx.timers.by_subject() == {
            "7": frozenset({Deadline.COVER, Deadline.SILENCE}),
            "8": frozenset({Deadline.SILENCE}),
        }
