"""Memberships of a room are made one after the other, over workers too."""

from __future__ import annotations

import warnings
from typing import Any, cast

from policies.names import RoomId
from tests.homeserver.fake_api import FakeApi

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Twisted deprecates what Synapse imports of it
    from homeserver.doors import Doors
    from homeserver.internals import Internals
    from homeserver.turns import Turns

ROOM = RoomId("!room")
LOCKED = ["in chaperone_membership !room", "out chaperone_membership !room"]


def build_turns(api: FakeApi) -> Turns:
    return Turns(Internals(cast(Any, api)), Doors(cast(Any, api)))


async def test_one_process_leaves_it_to_synapses_own_queue() -> None:
    api = FakeApi(RuntimeError())
    turns = build_turns(api)
    async with turns.take(ROOM):
        assert api.members.member_linearizer.log == ["in !room"]
    await api.members.update_membership_locked("@ada:a", "@ada:a", ROOM, "leave")
    assert api.locks.log == []


async def test_workers_take_a_lock_that_all_share() -> None:
    api = FakeApi(RuntimeError(), worker_app="synapse.app.generic_worker")
    turns = build_turns(api)
    await api.members.update_membership_locked("@ada:a", "@ada:a", ROOM, "leave")
    assert (api.locks.log, api.members.done) == (LOCKED, ["leave !room"])
    async with turns.take(ROOM):
        assert api.locks.log == [*LOCKED, LOCKED[0]]
        assert api.members.member_linearizer.log == ["in !room"]


async def test_the_process_that_workers_belong_to_takes_it_too() -> None:
    api = FakeApi(RuntimeError())
    api._hs.config.redis.redis_enabled = True
    build_turns(api)
    await api.members.update_membership_locked("@ada:a", "@ada:a", room_id=ROOM, action="leave")
    assert (api.locks.log, api.members.done) == (LOCKED, ["leave !room"])
