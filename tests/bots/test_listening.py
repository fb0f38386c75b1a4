from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from bots.answer import Chat, Part
from bots.listening import listen


async def test_a_robot_does_not_run_ahead_of_what_is_handled() -> None:
    said: list[int] = []

    async def robot() -> AsyncIterator[Part]:
        for number in range(3):
            said.append(number)
            yield Chat(str(number))

    async with aclosing(listen(robot(), lambda: None)) as parts:
        assert [(part, len(said)) async for part in parts] == [(Chat("0"), 1), (Chat("1"), 2), (Chat("2"), 3)]


async def test_a_fault_of_the_robot_comes_through() -> None:
    async def robot() -> AsyncIterator[Part]:
        yield Chat("one")
        raise ValueError("two")

    async with aclosing(listen(robot(), lambda: None)) as parts:
        assert await anext(parts) == Chat("one")
        with pytest.raises(ValueError, match="two"):
            await anext(parts)


async def test_nothing_comes_while_the_robot_thinks() -> None:
    async def robot() -> AsyncIterator[Part]:
        await asyncio.Event().wait()
        yield Chat("never")

    async with aclosing(listen(robot(), lambda: 0.001)) as parts:
        assert await anext(parts) is None
        assert await anext(parts) is None


async def test_who_stops_listening_ends_the_robot() -> None:
    ended = asyncio.Event()

    async def robot() -> AsyncIterator[Part]:
        try:
            async with asyncio.timeout(60):
                yield Chat("one")
                await asyncio.Event().wait()
        finally:
            ended.set()

    async with aclosing(listen(robot(), lambda: None)) as parts:
        assert await anext(parts) == Chat("one")
    assert ended.is_set()
