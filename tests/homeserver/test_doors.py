"""Ours is asked ahead of Synapse, and a Synapse whose methods are not as they were does not start."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any, cast

import pytest

from homeserver.errors import UnknownSynapse
from policies.names import Code, Rule
from policies.outcomes import Refuse
from tests.homeserver.fake_api import FakeApi

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Twisted deprecates what Synapse imports of it
    from homeserver.doors import Door, Doors
    from homeserver.refusals import Refusal


@pytest.fixture
def api() -> Any:
    return cast(Any, FakeApi(RuntimeError()))


async def test_ours_is_asked_first_and_synapse_answers(api: Any) -> None:
    asked: list[tuple[str, bool]] = []

    async def ours(user_id: str, by_admin: bool) -> None:
        asked.append((user_id, by_admin))

    Doors(api).ask_first(Door.DEACTIVATION, ours)
    assert await api.rules.check_can_deactivate_user("@ada:a", by_admin=True) is True
    assert asked == [("@ada:a", True)]


async def test_what_ours_refuses_synapse_is_not_asked(api: Any) -> None:
    async def ours(**arguments: object) -> None:
        raise Refusal(Refuse(Rule.G5, Code.NOT_YOUR_NAME, "That is somebody else's name."))

    Doors(api).ask_first(Door.DISPLAY_NAME, ours)
    with pytest.raises(Refusal):
        await api.profiles.set_displayname(target_user="@gina:a", requester=None, new_displayname="Ada")


async def test_two_may_stand_at_one_door(api: Any) -> None:
    asked: list[str] = []

    async def first(event_id: str) -> None:
        asked.append(f"first {event_id}")

    async def second(event_id: str) -> None:
        asked.append(f"second {event_id}")

    doors = Doors(api)
    doors.ask_first(Door.NEW_EVENT, first)
    doors.ask_first(Door.NEW_EVENT, second)
    await api.rules.on_new_event("$1")
    assert asked == ["second $1", "first $1"]


async def test_ours_may_stand_around_synapses(api: Any) -> None:
    async def ours(theirs: Any, requester: object, target: object, room_id: str, action: str) -> None:
        await theirs(requester, target, room_id, f"a polite {action}")

    Doors(api).stand_around(Door.MEMBERSHIP, ours)
    await api.members.update_membership_locked("@ada:a", "@ada:a", "!room", action="leave")
    assert api.members.done == ["a polite leave !room"]


def test_a_method_that_is_gone_is_named(api: Any) -> None:
    api._hs = SimpleNamespace(get_room_member_handler=lambda: api.members)
    with pytest.raises(UnknownSynapse, match=r"^[^,]*_hs.get_profile_handler\(\).set_displayname"):
        Doors(api)


def test_a_method_that_takes_other_arguments_is_named(api: Any) -> None:
    async def check_event_allowed(event: object) -> None: ...

    api.rules.check_event_allowed = check_event_allowed
    with pytest.raises(UnknownSynapse, match=r"check_event_allowed\(event, context\)"):
        Doors(api)
