"""A new key for the policy server: no room is without one meanwhile, and nothing said before is lost (P3)."""

from __future__ import annotations

import asyncio

import pytest

from policies.names import RoomId
from policies.policy_server import KEY_ID, POLICY_STATE, build_policy_state
from tests.federation.forging import Forger
from tests.federation.town import Town, event_id_of, heard
from tests.homeserver.house import Someone

pytestmark = pytest.mark.e2e


async def talk(town: Town, room: RoomId, ada: Someone, bob: Someone, about: str) -> list[str]:
    """Each says something that the other one hears. Whose words the other server asks about."""
    with town.gate.counting() as asked:
        event_id_of(await ada.say(room, f"ada {about}"))
        await heard(bob, room, f"ada {about}")
        event_id_of(await bob.say(room, f"bob {about}"))
        await heard(ada, room, f"bob {about}")
    return [event["sender"] for event in asked]


async def test_a_new_key_takes_over_room_by_room(town: Town, ada: Someone, bob: Someone) -> None:
    room, first = await town.guest_room([ada], bob), await town.policy_server()
    theirs_alone = [bob.user_id]
    assert await talk(town, room, ada, bob, "before") == theirs_alone

    rotated = town.synapse.homeserver("rotate-policy-key")
    assert rotated.returncode == 0, rotated.stderr
    await asyncio.to_thread(town.synapse.stop)
    await asyncio.to_thread(town.synapse.start)
    second = await town.policy_server()
    assert second != first

    assert await talk(town, room, ada, bob, "while the room still names the old one") == theirs_alone
    event_id_of(await town.here.bot.set_state(room, POLICY_STATE, "", build_policy_state(second)))
    # ours, and perhaps theirs too, are on their way while the other server learns of the new key
    await talk(town, room, ada, bob, "in the moment of the change")
    assert await talk(town, room, ada, bob, "with the new one") == theirs_alone
    new_room = await town.guest_room([ada], bob)
    assert await talk(town, new_room, ada, bob, "where there never was another") == theirs_alone

    forger = Forger(town, town.there.server_name, town.there.signing_key)
    at = event_id_of(await ada.say(room, "the end"))
    for pdu in await forger.state(room, at):
        if pdu["type"] == "m.room.name":  # signed by the old key; whoever fetches it now asks anew
            answer = await forger.ask(pdu)
            assert answer.status == 200
            before = pdu["signatures"][town.synapse.server_name][KEY_ID]
            assert answer.body[town.synapse.server_name][KEY_ID] != before
            return
    raise AssertionError("the room has no name")
