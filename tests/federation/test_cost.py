"""What asking costs the person who writes (the budget; tests/bench/federation_cost.py has the figures)."""

from __future__ import annotations

import time

import pytest

from tests.federation.forging import Forger
from tests.federation.town import Town
from tests.homeserver.house import Someone

pytestmark = pytest.mark.e2e

ASKS = 60
BUDGET_S = 0.05


async def test_an_ask_is_answered_within_its_budget(town: Town, ada: Someone, bob: Someone) -> None:
    room = await town.guest_room([ada], bob)
    forger = Forger(town, town.there.server_name, town.there.signing_key)
    template = await forger.event(bob, room)
    events = [await forger.again(template, {"msgtype": "m.text", "body": str(n)}) for n in range(ASKS)]
    took = []
    for event in events:
        began = time.monotonic()
        assert (await forger.ask(event)).status == 200
        took.append(time.monotonic() - began)
    assert sorted(took)[int(ASKS * 0.95)] < BUDGET_S, took
