"""A tier's space: what its people find in one place of their client's list of rooms.

    founding ─▶ a space for each tier, its queue in it
    status or tier of an issue changed ─▶ PlaceInSpace ─▶ both rooms in the space of its tier, in no other
                                                          └ concluded: in none

The guest's room says nothing of a space, as its guest would read from it that there is a staff side: only the space
names the room. The staff room names the space too, so that clients show where it belongs.
"""

from __future__ import annotations

from typing import Any, Final

from bridge.desk.rooms import queue_alias, space_alias
from bridge.errors import NotYet
from bridge.ports import Homeserver, Store
from policies.issue import Issue, Status
from policies.names import IssueId, RoomAlias, RoomId, ServerName, Tier

CHILD: Final = "m.space.child"
PARENT: Final = "m.space.parent"


def tier_of_space(issue: Issue) -> Tier | None:
    """In whose space an issue's rooms are listed."""
    return None if issue.status is Status.CONCLUDED else issue.tier


class Spaces:
    """Keeps the spaces' lists."""

    def __init__(self, store: Store, homeserver: Homeserver, server_name: ServerName) -> None:
        self._store = store
        self._homeserver = homeserver
        self._server_name = server_name
        self._found: dict[RoomAlias, RoomId] = {}

    async def list_queue(self, tier: Tier) -> None:
        """The queue room in its tier's space."""
        space = await self._find(space_alias(tier, self._server_name))
        queue = await self._find(queue_alias(tier, self._server_name))
        await self._set_listed(space, queue, "0", listed=True)
        await self._set_parent(queue, space, listed=True)

    async def place(self, issue_id: IssueId) -> None:
        """Both rooms of an issue, as far as they are made, where they belong now.

        :raises NotYet: while there is no space.
        """
        async with self._store.read() as tx:
            record = await tx.issues.load(issue_id)
        if record is None:
            return
        issue = record.issue
        home = tier_of_space(issue)
        for tier in sorted(Tier, key=lambda one: one is not home):  # listed anew before it is taken off the other list
            space = await self._find(space_alias(tier, self._server_name))
            for side, room in (("a", issue.guest_room), ("b", issue.staff_room)):
                if room is not None:
                    await self._set_listed(space, room, f"{issue.id:0>18}{side}", listed=tier is home)
            if issue.staff_room is not None:
                await self._set_parent(issue.staff_room, space, listed=tier is home)

    async def _set_listed(self, space: RoomId, room: RoomId, order: str, *, listed: bool) -> None:
        await self._set(space, CHILD, room, {"via": [self._server_name], "order": order} if listed else {})

    async def _set_parent(self, room: RoomId, space: RoomId, *, listed: bool) -> None:
        await self._set(room, PARENT, space, {"via": [self._server_name], "canonical": True} if listed else {})

    async def _set(self, room: RoomId, event_type: str, state_key: RoomId, content: dict[str, Any]) -> None:
        """What never was listed is not taken off a list: that would be an event about nothing."""
        before = await self._homeserver.load_state(room, event_type, state_key)
        if (before or {}) != content:
            await self._homeserver.set_state(room, event_type, state_key, content)

    async def _find(self, alias: RoomAlias) -> RoomId:
        if alias not in self._found:
            room_id = await self._homeserver.find_room(alias)
            if room_id is None:
                raise NotYet(f"there is no room at {alias}")
            self._found[alias] = room_id
        return self._found[alias]
