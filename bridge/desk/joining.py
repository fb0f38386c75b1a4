"""Bringing staff and robots into rooms: the bot invites, the homeserver's module joins.

look: in already? ─▶ banned? lift it ─▶ invite (each attempt a new event) ─▶ look … look ─▶ in
                                                                               └─▶ NotYet
"""

from __future__ import annotations

import asyncio
from typing import Final

from bridge.errors import NotYet
from bridge.ports import Homeserver
from policies.names import JOIN_KEY, RoomId, UserId
from policies.rooms import Membership

LOOKS: Final = 50
BETWEEN_LOOKS: Final = 0.02
"""Seconds. The module joins people within a tenth of a second; after fifty looks the invitation was cut off."""


class Joiner:
    """Who joins others."""

    def __init__(self, homeserver: Homeserver, between_looks: float = BETWEEN_LOOKS) -> None:
        self._homeserver = homeserver
        self._between_looks = between_looks

    async def join(self, room_id: RoomId, user_id: UserId, attempt: int) -> None:
        """Invite somebody whom the homeserver's module then joins.

        :raises NotYet: until they are in. Each attempt is an invitation of its own, in case the one before was cut off.
        """
        membership = await self._homeserver.load_membership(room_id, user_id)
        if membership is Membership.JOIN:
            return
        if membership is Membership.BAN:
            await lift_ban(self._homeserver, room_id, user_id)
        await self._homeserver.invite(room_id, user_id, {JOIN_KEY: {"attempt": attempt}})
        for _ in range(LOOKS):
            if await self._homeserver.load_membership(room_id, user_id) is Membership.JOIN:
                return
            await asyncio.sleep(self._between_looks)
        raise NotYet(f"{user_id} is not in {room_id}")


async def lift_ban(homeserver: Homeserver, room_id: RoomId, user_id: UserId) -> None:
    """What was decided at the desk outranks a ban by one of the staff, which would hold up the whole issue."""
    await homeserver.set_state(room_id, "m.room.member", user_id, {"membership": Membership.LEAVE.value})
