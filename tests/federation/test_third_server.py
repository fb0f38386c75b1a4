"""A third server in the room, which asks us about what the second one's people do (P7)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from policies.names import ANSWER_KEY
from tests.federation.elsewhere import Elsewhere
from tests.federation.town import Town, event_id_of, heard, membership, sees
from tests.homeserver.house import Someone
from tests.until import until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
async def third(town: Town, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Elsewhere]:
    async with Elsewhere(tmp_path_factory.mktemp("third"), town.authority, "third").running() as third:
        yield third


@pytest.fixture(scope="module")
async def dan(third: Elsewhere) -> Someone:
    """A guest of the third server."""
    return await third.register("dan")


async def test_all_three_hear_each_other_and_nobody_asks_twice(
    town: Town, ada: Someone, bob: Someone, dan: Someone
) -> None:
    room = await town.guest_room([ada], bob, dan, is_group=True)
    everybody = [ada, bob, dan]
    with town.gate.counting() as asked:
        for speaker in everybody:
            body = f"hello from {speaker.user_id}"
            event_id_of(await speaker.say(room, body))
            for listener in everybody:
                await heard(listener, room, body)
    assert [event["sender"] for event in asked] == [bob.user_id, dan.user_id]


async def test_what_a_hostile_server_did_not_ask_about_is_hidden_on_the_third_too(
    town: Town, ada: Someone, bob: Someone, dan: Someone
) -> None:
    room = await town.guest_room([ada], bob, dan, is_group=True)
    async with town.there.not_asking():
        refused = event_id_of(await bob.say(room, "I am a robot", **{ANSWER_KEY: {}}))
        event_id_of(await bob.say(room, "harmless"))
        await heard(dan, room, "harmless")
        await heard(ada, room, "harmless")
    assert not await sees(dan, room, refused)
    assert not await sees(ada, room, refused)


async def test_memberships_that_the_third_asks_about_are_signed(
    town: Town, ada: Someone, bob: Someone, carl: Someone, dan: Someone
) -> None:
    room = await town.guest_room([ada], dan, bob, is_group=True)
    await town.bring_in(room, carl)
    await until(lambda: is_there(dan, room, carl))
    name = f"/profile/{quote(carl.user_id)}/displayname"
    with town.gate.counting() as asked:
        await carl.done("PUT", name, {"displayname": "Carl the guest"})

        async def renamed() -> bool:
            answer = await dan.call("GET", f"/rooms/{quote(room)}/state/m.room.member/{quote(carl.user_id)}")
            return bool(answer.body.get("displayname") == "Carl the guest")

        await until(renamed)
        assert (await carl.leave(room)).status == 200

        async def gone() -> bool:
            return await membership(dan, room, carl) == "leave"

        await until(gone)
    assert {event["type"] for event in asked} == {"m.room.member"}


async def is_there(seen_by: Someone, room: str, somebody: Someone) -> bool:
    answer = await seen_by.call("GET", f"/rooms/{quote(room)}/joined_members")
    return answer.status == 200 and somebody.user_id in answer.body["joined"]
