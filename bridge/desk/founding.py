"""What must stand before the first guest comes, made or mended at every start.

    bot ─▶ policy room ─▶ accounts and directory of staff and robots ─▶ queue rooms and their members ─▶ policy server

Every step looks first and does only what is missing, so that starting twice, or being cut off in the middle, is
harmless. Until the directory is written, Synapse's module takes everybody but the bot for a guest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

import structlog

from bridge.desk.joining import Joiner
from bridge.desk.policy_server import perform_policy_server
from bridge.desk.rooms import build_policy_room, build_queue_room
from bridge.errors import HomeserverAway, MatrixError, NotYet
from bridge.ports import Homeserver, Principal, Profile, RoomRecord, Store
from policies.names import PERSON_KEY_PREFIX, PERSON_STATE, Role, RoomId, ServerName, Standing, Tier, UserId
from policies.people import Directory, Person, build_person
from policies.rooms import RoomKind

BETWEEN_TRIES: Final = 0.5
"""Seconds between two tries to reach a homeserver that is not up yet."""

log = structlog.get_logger()


class Founding:
    """Brings the homeserver to where the bridge can work."""

    def __init__(
        self, store: Store, homeserver: Homeserver, joiner: Joiner, bot: UserId, server_name: ServerName
    ) -> None:
        self.is_done = False
        self._store = store
        self._homeserver = homeserver
        self._joiner = joiner
        self._bot = bot
        self._server_name = server_name

    async def found(self) -> None:
        """Everything, retried for as long as the homeserver is away."""
        while True:
            try:
                await self._found()
            except (HomeserverAway, NotYet):
                await asyncio.sleep(BETWEEN_TRIES)
            else:
                self.is_done = True
                return

    async def ping(self) -> None:
        """Whether the bridge can work: everything stands, and the homeserver answers and reaches us.

        :raises BridgeError: if not.
        """
        if not self.is_done:
            raise NotYet("the rooms and accounts are not founded yet")
        await self._homeserver.ping()

    async def _found(self) -> None:
        await self._homeserver.ensure_ghost(self._bot, "Chaperone")
        policy_room = await self._make(RoomKind.POLICY, None)
        async with self._store.read() as tx:
            principals = await tx.principals.list()
            profiles = await tx.principals.profiles([p.user_id for p in principals])
            directory = await tx.principals.directory()
        for principal in principals:
            if principal.role is Role.GUEST:
                continue  # a ghost is made when its guest first needs one
            await self._list(policy_room, principal, profiles[principal.user_id], directory)
        for robot in directory.people.values():
            if robot.is_staff_robot:
                await self._joiner.join(policy_room, robot.user_id, 0)
        for tier in Tier:
            queue = await self._make(RoomKind.QUEUE, tier)
            for person in members_of_queue(tier, directory.staff()):
                await self._joiner.join(queue, person.user_id, 0)
        await perform_policy_server(self._store, self._homeserver, policy_room)
        try:
            await self._homeserver.ping()
        except MatrixError as fault:
            log.warning("founding.ping_failed", errcode=fault.errcode)  # the homeserver will call by itself, later

    async def _make(self, kind: RoomKind, tier: Tier | None) -> RoomId:
        plan = build_policy_room(self._server_name) if tier is None else build_queue_room(tier, self._server_name)
        room_id = await self._homeserver.ensure_room(plan)
        async with self._store.write() as tx:
            await tx.rooms.add(RoomRecord(room_id, kind, None))
        return room_id

    async def _list(self, policy_room: RoomId, principal: Principal, profile: Profile, directory: Directory) -> None:
        """One principal's account, and their entry in the directory."""
        locked = principal.standing is Standing.SUSPENDED
        await self._homeserver.ensure_account(principal.user_id, profile.display_name, locked=locked, unlimited=True)
        person = directory.who_is(principal.user_id)
        key = f"{PERSON_KEY_PREFIX}{principal.user_id}"
        await self._homeserver.set_state(policy_room, PERSON_STATE, key, build_person(person))


def members_of_queue(tier: Tier, staff: Iterable[Person]) -> list[Person]:
    """Who sees a tier's queue: its own employees, and supervisors, who watch over all of them."""
    return [p for p in staff if p.tier is tier or p.has_rank(Role.SUPERVISOR)]
