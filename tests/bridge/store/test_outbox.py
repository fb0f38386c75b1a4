from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bridge.errors import Unknown
from bridge.ports import DeadRow, OutboxRow
from bridge.store.database import SqlStore
from tests.bridge.store.rows import NOW, later

NONE_BUSY: frozenset[str] = frozenset()


async def add(store: SqlStore, lane: str, number: int, now: datetime = NOW) -> int:
    async with store.write() as tx:
        return await tx.outbox.add(lane, {"number": number}, now)


async def due(store: SqlStore, now: datetime = NOW, limit: int = 10, busy: frozenset[str] = NONE_BUSY) -> list[Any]:
    async with store.read() as tx:
        return [row.action["number"] for row in await tx.outbox.due(now, limit, busy)]


async def test_only_the_head_of_each_lane_is_due(store: SqlStore) -> None:
    for number, lane in enumerate(["a", "a", "b", "a", "c", "b"]):
        await add(store, lane, number)
    assert await due(store) == [0, 2, 4]


async def test_the_next_of_a_lane_follows_when_its_head_is_done(store: SqlStore) -> None:
    first, _ = await add(store, "a", 1), await add(store, "a", 2)
    async with store.write() as tx:
        assert await tx.outbox.unfinished("a") == 2
        await tx.outbox.done(first, NOW)
        assert await tx.outbox.unfinished("a") == 1
    assert await due(store) == [2]


async def test_a_busy_lane_has_nothing_due(store: SqlStore) -> None:
    await add(store, "a", 1)
    await add(store, "b", 2)
    assert await due(store, busy=frozenset({"a", "x"})) == [2]


async def test_a_deferred_head_holds_its_lane_up_until_its_time(store: SqlStore) -> None:
    head, _, _ = await add(store, "a", 1), await add(store, "a", 2), await add(store, "b", 3)
    async with store.write() as tx:
        await tx.outbox.defer(head, later(60), "away")
    assert await due(store) == [3]
    assert await due(store, later(59.999999)) == [3]
    assert await due(store, later(60)) == [3, 1]


async def test_attempts_are_counted(store: SqlStore) -> None:
    row_id = await add(store, "a", 1)
    async with store.write() as tx:
        for _ in range(2):
            await tx.outbox.defer(row_id, NOW, "away")
        [row] = await tx.outbox.due(NOW, 1, NONE_BUSY)
    assert row == OutboxRow(row_id, row.key, "a", {"number": 1}, attempts=2, created_at=NOW)


async def test_a_dropped_row_lets_its_lane_go_on(store: SqlStore) -> None:
    head, _ = await add(store, "a", 1), await add(store, "a", 2)
    async with store.write() as tx:
        await tx.outbox.drop(head, NOW, "never")
    assert await due(store) == [2]


async def test_what_fails_again_and_again_does_not_keep_other_lanes_waiting(store: SqlStore) -> None:
    failing = await add(store, "a", 1)
    await add(store, "b", 2, later(1))
    async with store.write() as tx:
        await tx.outbox.defer(failing, later(2), "away")
    assert await due(store, later(5), limit=1) == [2]


async def test_the_next_due_time_is_that_of_the_earliest_head(store: SqlStore) -> None:
    async with store.read() as tx:
        assert await tx.outbox.next_due(NONE_BUSY) is None
    head, _ = await add(store, "a", 1), await add(store, "a", 2)
    await add(store, "b", 3, later(30))
    async with store.write() as tx:
        await tx.outbox.defer(head, later(90), "away")
    async with store.read() as tx:
        assert await tx.outbox.next_due(NONE_BUSY) == later(30)
        assert await tx.outbox.next_due(frozenset({"b"})) == later(90)
        assert await tx.outbox.next_due(frozenset({"a", "b"})) is None


async def test_every_row_has_a_key_of_its_own_that_stays(store: SqlStore) -> None:
    row_id, _ = await add(store, "a", 1), await add(store, "b", 2)
    async with store.write() as tx:
        before = await tx.outbox.due(NOW, 10, NONE_BUSY)
        await tx.outbox.defer(row_id, NOW, "away")
        after = await tx.outbox.due(NOW, 10, NONE_BUSY)
    assert {row.key for row in before} == {row.key for row in after}
    assert len({row.key for row in before}) == 2


async def test_a_finished_row_is_not_finished_again(store: SqlStore) -> None:
    row_id = await add(store, "a", 1)
    async with store.write() as tx:
        await tx.outbox.done(row_id, NOW)
        with pytest.raises(Unknown):
            await tx.outbox.done(row_id, NOW)
        with pytest.raises(Unknown):
            await tx.outbox.drop(row_id, NOW, "")
        with pytest.raises(Unknown):
            await tx.outbox.defer(row_id, NOW, "")


async def test_what_is_decided_is_not_due_before_it_is_true(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.outbox.add("a", {"number": 1}, NOW)
        assert await due(store) == []
    assert await due(store) == [1]


async def test_the_lanes_that_have_something_left_to_do(store: SqlStore) -> None:
    head, _, _ = await add(store, "a", 1), await add(store, "a", 2), await add(store, "b", 3)
    async with store.write() as tx:
        await tx.outbox.done(head, NOW)
        assert await tx.outbox.lanes() == {"a", "b"}
        await tx.outbox.done(head + 1, NOW)
        assert await tx.outbox.lanes() == {"b"}


async def test_what_was_given_up_is_listed_with_its_reason(store: SqlStore) -> None:
    async with store.write() as tx:
        row_id = await tx.outbox.add("a", {"kind": "tell"}, NOW)
        assert await tx.outbox.dead() == []
        await tx.outbox.drop(row_id, NOW, "M_FORBIDDEN")
        assert await tx.outbox.dead() == [DeadRow(row_id, "a", "tell", "M_FORBIDDEN")]
