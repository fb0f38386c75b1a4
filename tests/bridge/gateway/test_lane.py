from __future__ import annotations

import asyncio

from bridge.gateway.lane import Lane


async def test_pieces_do_not_overtake_each_other() -> None:
    lane, done = Lane("test"), list[int]()
    gates = [asyncio.Event() for _ in range(3)]

    def piece(number: int) -> None:
        async def run() -> None:
            await gates[number].wait()
            done.append(number)

        lane.put(run)

    for number in range(3):
        piece(number)
    for number in (2, 1, 0):
        gates[number].set()
    await lane.drained()
    assert done == [0, 1, 2]


async def test_a_piece_that_fails_does_not_hold_up_the_next() -> None:
    lane, done = Lane("test"), list[str]()

    async def fail() -> None:
        raise OSError("broken")

    async def work() -> None:
        done.append("work")

    lane.put(fail)
    lane.put(work)
    await lane.drained()
    assert done == ["work"]


async def test_a_lane_without_work_has_no_task() -> None:
    lane = Lane("test")
    assert lane.is_idle
    lane.put(asyncio.Event().wait)  # type: ignore[arg-type]  # its answer is of no interest
    assert not lane.is_idle
    lane.stop()
    await lane.drained()
    assert lane.is_idle


async def test_a_piece_may_put_the_next() -> None:
    lane, done = Lane("test"), list[str]()

    async def second() -> None:
        done.append("second")

    async def first() -> None:
        lane.put(second)
        done.append("first")

    lane.put(first)
    await lane.drained()
    assert done == ["first", "second"]
