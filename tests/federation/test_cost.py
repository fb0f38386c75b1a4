"""What asking costs the person who writes (the budget; tests/bench/federation_cost.py has the figures)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import pytest

from tests.federation.forging import Forger
from tests.federation.town import Town
from tests.homeserver.house import Answer, Someone

pytestmark = pytest.mark.e2e

ASKS = 60
BUDGET_S = 0.05


async def test_an_ask_is_answered_within_its_budget(town: Town, ada: Someone, bob: Someone) -> None:
    """Held against a request that needs no thought, as this machine may be busy with other things."""
    room = await town.guest_room([ada], bob)
    forger = Forger(town, town.there.server_name, town.there.signing_key)
    asks, others = [], []
    for number in range(ASKS):
        event = await forger.again(forger.bare(bob, room), {"msgtype": "m.text", "body": str(number)})
        others.append(await timed(lambda: forger.request("GET", "/_matrix/federation/v1/version")))
        asks.append(await timed(lambda event=event: forger.ask(event)))  # type: ignore[misc]  # of a default
    assert p95(asks) - p95(others) < BUDGET_S, (asks, others)


async def timed(request: Callable[[], Awaitable[Answer]]) -> float:
    began = time.monotonic()
    answer = await request()
    assert answer.status == 200, answer
    return time.monotonic() - began


def p95(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)]
