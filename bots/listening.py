"""The parts of an answer as they come, and a word when one is long in coming.

    robot ─ part ─▶ handled ─▶ next part …        one at a time: a robot does not run ahead of what is shown of it
               └─ nothing for so long ─▶ None     so that what was said last is shown while the robot thinks on

The robot runs in one task from beginning to end, so that it may hold a timeout or a connection over several parts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import cast

from bots.answer import Part


async def listen(
    parts: AsyncIterator[Part], patience_seconds: Callable[[], float | None]
) -> AsyncGenerator[Part | None, None]:
    """The parts, and None whenever the next one takes longer than `patience_seconds` says at that moment."""
    said: asyncio.Queue[Part | None] = asyncio.Queue()

    async def take_down() -> None:
        try:
            async with aclosing(cast("AsyncGenerator[Part, None]", parts)):
                async for part in parts:
                    said.put_nowait(part)
                    await said.join()
        finally:
            said.put_nowait(None)

    robot = asyncio.create_task(take_down())
    try:
        while True:
            try:
                async with asyncio.timeout(patience_seconds()):
                    part = await said.get()
            except TimeoutError:
                yield None
                continue
            if part is None:
                await robot
                return
            yield part
            said.task_done()
    finally:
        robot.cancel()
        await asyncio.gather(robot, return_exceptions=True)
