"""Simulated days keep every promise, and a promise that is broken is seen."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.config import DeskSettings
from bridge.simulation.day import Day
from bridge.simulation.errors import Breach
from bridge.simulation.homeserver import BOT
from bridge.simulation.plan import Plan
from bridge.store.database import SqlStore
from bridge.store.timers import SqlTimers
from bridge.store.words import SqlWordsBox
from policies.issue import Conclusion

PROVING = "CHAPERONE_PROVE" in os.environ
SMALL = Plan(guests=6, employees=6, hours=2)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = await SqlStore.open(f"sqlite+aiosqlite:///{tmp_path / 'bridge.db'}", BOT)
    yield store
    await store.close()


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_day_on_which_the_bridge_dies_again_and_again_keeps_every_promise(store: SqlStore, seed: int) -> None:
    tally = await Day(Plan(guests=12, employees=6, hours=3, seed=seed, crashes=20), DeskSettings(), store).run()
    assert tally.guests == 12
    assert tally.crashes > 5
    assert sum(tally.conclusions.values()) >= 12
    assert tally.conclusions[Conclusion.RESOLVED] > 0


@pytest.mark.prove
@pytest.mark.skipif(not PROVING, reason="a long proof; `make prove` runs it")
@pytest.mark.parametrize("crashes", [0, 300])
async def test_a_day_of_a_thousand_guests_keeps_every_promise(store: SqlStore, crashes: int) -> None:
    tally = await Day(Plan(guests=1000, employees=30, seed=crashes, crashes=crashes), DeskSettings(), store).run()
    assert tally.guests == 1000


async def test_the_same_seed_is_the_same_day(tmp_path: Path) -> None:
    days = []
    for name in ("one", "another"):
        store = await SqlStore.open(f"sqlite+aiosqlite:///{tmp_path / name}.db", BOT)
        tally = await Day(SMALL, DeskSettings(), store).run()
        days.append((tally.steps, tally.claimed_after, tally.conclusions, tally.queue))
        await store.close()
    assert days[0] == days[1]


async def test_words_that_are_lost_are_missed(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(self: SqlWordsBox, issue_id: object) -> list[Any]:
        return []

    monkeypatch.setattr(SqlWordsBox, "waiting", nothing)
    with pytest.raises(Breach, match="no words are lost"):
        await Day(SMALL, DeskSettings(), store).run()


async def test_an_issue_without_a_deadline_is_seen(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forget(self: SqlTimers, timer: object) -> None:
        return

    monkeypatch.setattr(SqlTimers, "set", forget)
    with pytest.raises(Breach, match="nothing waits for ever"):
        await Day(replace(SMALL, guests=15), DeskSettings(), store).run()


async def test_a_guest_who_is_alone_is_seen_at_once(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The homeserver lets everybody do everything, and employees leave as they please."""
    monkeypatch.setattr("bridge.simulation.homeserver.may_send", lambda *_: True)
    with pytest.raises(Breach, match=r"no guest is alone \(G3\)"):
        await Day(replace(SMALL, guests=8, hours=1, exchanges=50), DeskSettings(), store).run()
