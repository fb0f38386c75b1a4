"""The rooms that are somebody's by what they are: queues and spaces for staff, the policy room for staff robots."""

from __future__ import annotations

from typing import Final

from bridge.desk.joining import Joiner
from bridge.desk.rooms import policy_alias, queue_alias, space_alias
from bridge.errors import NotYet
from bridge.ports import Homeserver
from policies.names import Role, RoomAlias, RoomId, ServerName, Tier
from policies.people import Person
from policies.rooms import Membership

HERE: Final = (Membership.JOIN, Membership.INVITE)


def sees_queue(person: Person, tier: Tier) -> bool:
    """A tier's queue is seen by its own employees, and by supervisors, who watch over all of them."""
    return person.is_staff and (person.tier is tier or person.has_rank(Role.SUPERVISOR))


class Seating:
    """Lets people in where they belong, and out where they no longer do."""

    def __init__(self, homeserver: Homeserver, joiner: Joiner, server_name: ServerName) -> None:
        self._homeserver = homeserver
        self._joiner = joiner
        self._server_name = server_name

    async def seat(self, person: Person, attempt: int = 0) -> None:
        """Bring one person's memberships in line.

        :raises NotYet: until it is done.
        """
        if person.is_staff_robot:
            await self._joiner.join(await self._find(policy_alias(self._server_name)), person.user_id, attempt)
        if not person.is_staff:
            return
        for tier in Tier:
            for alias in (queue_alias(tier, self._server_name), space_alias(tier, self._server_name)):
                room_id = await self._find(alias)
                if sees_queue(person, tier):
                    await self._joiner.join(room_id, person.user_id, attempt)
                elif await self._homeserver.load_membership(room_id, person.user_id) in HERE:
                    await self._homeserver.remove(room_id, person.user_id, "This is another tier's.")

    async def _find(self, alias: RoomAlias) -> RoomId:
        room_id = await self._homeserver.find_room(alias)
        if room_id is None:
            raise NotYet(f"there is no room at {alias}")
        return room_id
