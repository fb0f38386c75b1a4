"""The bridge is invited to every room that people make, for all to see, and by it a supervisor comes in."""

from __future__ import annotations

import warnings
from typing import Any
from urllib.parse import quote

import pytest

from policies.names import JOIN_KEY, Role, RoomId, UserId
from policies.rooms import RoomKind
from tests.homeserver.house import House, Someone
from tests.until import until

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Twisted deprecates what Synapse imports of it
    from homeserver.company import invite_bot

BOT = UserId("@chaperone:test")
DIRECT: dict[str, Any] = {
    "preset": "trusted_private_chat",
    "visibility": "private",
    "is_direct": True,
    "initial_state": [
        {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}},
        {"type": "m.room.guest_access", "state_key": "", "content": {"guest_access": "can_join"}},
    ],
}
"""As Element makes a direct chat."""


class TestTheRequest:
    def test_the_bridge_is_added_to_those_who_are_invited(self) -> None:
        request: dict[str, Any] = {"invite": ["@ben:test"]}
        invite_bot(request, BOT)
        assert request == {"invite": ["@ben:test", BOT], "power_level_content_override": {"invite": 0}}

    def test_who_is_invited_already_is_not_invited_twice(self) -> None:
        request: dict[str, Any] = {"invite": [BOT]}
        invite_bot(request, BOT)
        assert request["invite"] == [BOT]

    def test_powers_that_were_asked_for_stay(self) -> None:
        request: dict[str, Any] = {"power_level_content_override": {"invite": 50, "kick": 20}}
        invite_bot(request, BOT)
        assert request["power_level_content_override"] == {"invite": 50, "kick": 20}

    @pytest.mark.parametrize("request_", [{"invite": "@ben:test"}, {"power_level_content_override": 7}])
    def test_a_request_of_another_shape_is_left_to_synapse(self, request_: dict[str, Any]) -> None:
        before = dict(request_)
        invite_bot(request_, BOT)
        assert request_ == before


@pytest.mark.e2e
class TestARealSynapse:
    async def made(self, by: Someone, **request: Any) -> RoomId:
        return RoomId((await by.done("POST", "/createRoom", request))["room_id"])

    async def test_whoever_makes_a_room_invites_the_bridge_for_all_to_see(
        self, house: House, ada: Someone, ben: Someone
    ) -> None:
        room = await self.made(ada, invite=[ben.user_id])
        state = await ada.done("GET", f"/rooms/{quote(room)}/state")
        invited = next(e for e in state if e["type"] == "m.room.member" and e["state_key"] == house.bot.user_id)
        assert (invited["sender"], invited["content"]["membership"]) == (ada.user_id, "invite")

    @pytest.mark.parametrize("request_", [{}, DIRECT, {"preset": "public_chat"}], ids=["plain", "direct", "public"])
    async def test_a_supervisor_comes_in_by_the_bridge(
        self, house: House, ada: Someone, ben: Someone, request_: dict[str, Any]
    ) -> None:
        sam = await house.person("sam", Role.SUPERVISOR, None)
        room = await self.made(ada, **request_, invite=[ben.user_id])
        assert (await ben.join(room)).status == 200
        assert (await house.bot.join(room)).status == 200
        assert (await house.bot.invite(room, sam.user_id, **{JOIN_KEY: {"attempt": 0}})).status == 200

        async def is_in() -> bool:
            return (await house.bot.members(room)).get(sam.user_id) == "join"

        await until(is_in)
        assert (await ada.members(room))[sam.user_id] == "join"

    async def test_an_upgraded_room_has_the_bridge_too(self, house: House, ada: Someone) -> None:
        room = await self.made(ada, room_version="11")
        upgraded = await ada.done("POST", f"/rooms/{quote(room)}/upgrade", {"new_version": "12"})

        async def is_invited() -> bool:
            members = await ada.members(RoomId(upgraded["replacement_room"]))
            return members.get(house.bot.user_id) == "invite"

        await until(is_invited)

    async def test_nobody_takes_the_bridge_out_again(self, house: House, ada: Someone, ben: Someone) -> None:
        room = await self.made(ada, invite=[ben.user_id])
        for _ in range(2):
            refused = await ada.call("POST", f"/rooms/{quote(room)}/kick", {"user_id": house.bot.user_id})
            assert (refused.status, refused.code) == (403, "CHAPERONE_NOT_PERMITTED")
            assert (await house.bot.join(room)).status == 200

    async def test_in_rooms_of_the_bridges_own_nothing_is_changed(self, house: House, ada: Someone) -> None:
        room = await house.make_room(RoomKind.STAFF, [ada])
        levels = await house.bot.done("GET", f"/rooms/{quote(room)}/state/m.room.power_levels")
        assert levels["invite"] == 50
