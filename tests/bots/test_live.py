from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.live import MOST_FAULTS, LiveWords
from policies.names import EventId, RoomId, UserId
from policies.streaming import STREAM_PATH

ROBOT, ROOM, ANSWER = UserId("@robot:localhost"), RoomId("!r"), EventId("$a")


class Bridge:
    """Takes words, and may be told not to."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.status = 204
        self.came = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        async with self.came:
            self.taken.append(await request.json())
            self.came.notify_all()
        return web.Response(status=self.status)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5), self.came:
            await self.came.wait_for(lambda: len(self.taken) >= count)


@asynccontextmanager
async def bridge() -> AsyncIterator[tuple[Bridge, LiveWords]]:
    taking = Bridge()
    app = web.Application()
    app.router.add_post(STREAM_PATH, taking.take)
    async with TestServer(app, host="127.0.0.1") as server:
        yield taking, LiveWords(str(server.make_url("")).rstrip("/"), "secret", ROBOT)


async def test_words_are_told_the_newest_of_them_and_nothing_after_the_end() -> None:
    async with bridge() as (taking, live):
        answer = live.begin(ROOM, ANSWER)
        answer.tell("one")
        await taking.until(1)
        answer.tell("one two")
        answer.tell("one two three")
        await taking.until(2)
        await answer.end()
        answer._told.set()
        assert [said["body"] for said in taking.taken] == ["one", "one two three"]
        assert taking.taken[0] == {"user_id": ROBOT, "room_id": ROOM, "event_id": ANSWER, "body": "one"}


async def test_where_nobody_takes_them_nobody_is_told_any_more() -> None:
    async with bridge() as (taking, live):
        taking.status = 404
        answer = live.begin(ROOM, ANSWER)
        answer.tell("one")
        await taking.until(MOST_FAULTS)
        assert answer._sending is not None
        await asyncio.wait_for(answer._sending, 5)
        answer.tell("more")
        await answer.end()
        assert len(taking.taken) == MOST_FAULTS


async def test_an_answer_without_growing_words_tells_nothing() -> None:
    async with bridge() as (taking, live):
        await live.begin(ROOM, ANSWER).end()
        assert taking.taken == []
