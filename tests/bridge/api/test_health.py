from __future__ import annotations

import asyncio
from datetime import timedelta

from bridge.api.readiness import KEPT_FOR, Readiness
from tests.bridge.api.house import House
from tests.fakes.clock import FakeClock


class CountedPing:
    """A homeserver that counts how often it was asked."""

    def __init__(self) -> None:
        self.pings = 0
        self.hangs = False

    async def ping(self) -> None:
        self.pings += 1
        if self.hangs:
            await asyncio.Event().wait()


async def test_a_process_that_answers_is_alive(house: House) -> None:
    house.homeserver.is_away = True
    reply = await house.ask("GET", "//healthz")
    assert (reply.status, reply.body) == (200, {"status": "ok"})


async def test_the_bridge_is_ready_when_database_and_homeserver_answer(house: House) -> None:
    reply = await house.ask("GET", "//readyz")
    assert reply.status == 200
    assert reply.body == {"ready": True, "parts": {"database": "ok", "homeserver": "ok"}}


async def test_a_homeserver_that_is_away_makes_it_not_ready(house: House) -> None:
    house.homeserver.is_away = True
    reply = await house.ask("GET", "//readyz")
    assert (reply.status, reply.errcode) == (503, "CHAPERONE_NOT_READY")
    assert reply.body["parts"] == {"database": "ok", "homeserver": "no answer"}
    assert reply.headers["Retry-After"] == "2"


async def test_a_database_that_is_closed_makes_it_not_ready(house: House) -> None:
    class Closed:
        def read(self) -> object:
            raise ConnectionError

    readiness = Readiness(Closed(), CountedPing(), house.clock)  # type: ignore[arg-type]  # a store that is broken
    assert await readiness.load() == {"database": False, "homeserver": True}


async def test_it_is_ready_again_when_the_homeserver_is_back(house: House) -> None:
    house.homeserver.is_away = True
    await house.ask("GET", "//readyz")
    house.homeserver.is_away = False
    house.clock.advance(KEPT_FOR)
    assert (await house.ask("GET", "//readyz")).status == 200


async def test_the_homeserver_is_not_asked_more_often_than_every_few_seconds(house: House) -> None:
    clock, homeserver = FakeClock(), CountedPing()
    readiness = Readiness(house.store, homeserver, clock)
    await asyncio.gather(*(readiness.load() for _ in range(20)))
    assert homeserver.pings == 1
    clock.advance(KEPT_FOR - timedelta(milliseconds=1))
    await readiness.load()
    assert homeserver.pings == 1
    clock.advance(timedelta(milliseconds=1))
    await readiness.load()
    assert homeserver.pings == 2


async def test_a_homeserver_that_never_answers_is_not_waited_for(house: House) -> None:
    homeserver = CountedPing()
    homeserver.hangs = True
    readiness = Readiness(house.store, homeserver, FakeClock(), patience=0.01)
    assert (await readiness.load())["homeserver"] is False
