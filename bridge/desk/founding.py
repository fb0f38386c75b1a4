"""What must stand before the first guest comes, made or mended at every start.

    bot ─▶ policy room ─▶ accounts and directory of staff and robots ─▶ queues, spaces, their members ─▶ policy server

Every step looks first and does only what is missing, so that starting twice, or being cut off in the middle, is
harmless. Until the directory is written, Synapse's module takes everybody but the bot for a guest.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from bridge.desk.policy_server import perform_policy_server
from bridge.desk.profiles import lane_of_person
from bridge.desk.roll import Roll
from bridge.desk.rooms import build_policy_room, build_queue_room, build_space
from bridge.desk.seating import Seating
from bridge.desk.spaces import Spaces
from bridge.errors import HomeserverAway, MatrixError, NotYet
from bridge.ports import Homeserver, RoomPlan, RoomRecord, Store, Transaction
from policies.names import RoomId, ServerName, Tier, UserId
from policies.people import Person

BETWEEN_TRIES: Final = 0.5
"""Seconds between two tries to reach a homeserver that is not up yet."""

log = structlog.get_logger()


class Founding:
    """Brings the homeserver to where the bridge can work."""

    def __init__(
        self,
        store: Store,
        homeserver: Homeserver,
        roll: Roll,
        seating: Seating,
        bot: UserId,
        server_name: ServerName,
    ) -> None:
        self.is_done = False
        self._store = store
        self._homeserver = homeserver
        self._roll = roll
        self._seating = seating
        self._spaces = Spaces(store, homeserver, server_name)
        self._bot = bot
        self._server_name = server_name

    async def found(self) -> None:
        """Everything, retried for as long as the homeserver is away."""
        while True:
            try:
                await self._found()
            except (HomeserverAway, NotYet):
                await asyncio.sleep(BETWEEN_TRIES)
            except MatrixError as fault:
                log.warning("founding.refused", errcode=fault.errcode)
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
        policy_room = await self._make(build_policy_room(self._server_name))
        for tier in Tier:
            await self._make(build_queue_room(tier, self._server_name))
            await self._make(build_space(tier, self._server_name))
            await self._spaces.list_queue(tier)
        async with self._store.read() as tx:
            people = await self._load_settled(tx)
        for person in people:
            await self._roll.keep_account(person.user_id, locked=not person.is_active)
            await self._roll.list(person)
        for person in people:
            await self._seating.seat(person)
        await perform_policy_server(self._store, self._homeserver, policy_room)
        try:
            await self._homeserver.ping()
        except MatrixError as fault:
            log.warning("founding.ping_failed", errcode=fault.errcode)  # the homeserver will call by itself, later

    async def _load_settled(self, tx: Transaction) -> list[Person]:
        """Everybody who is listed, but for those whom the outbox is at: what it has not come to is not true yet."""
        people = (await tx.principals.directory()).people
        return [person for user_id, person in people.items() if not await tx.outbox.unfinished(lane_of_person(user_id))]

    async def _make(self, plan: RoomPlan) -> RoomId:
        room_id = await self._homeserver.ensure_room(plan)
        async with self._store.write() as tx:
            await tx.rooms.add(RoomRecord(room_id, plan.kind, None))
        return room_id
