"""The homeserver behind `ports.Homeserver`, once as a fake in memory and once as a real Synapse with our module.

Everything a test makes has a name of its own, so that one Synapse serves them all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

import aiohttp
import pytest

from bridge.accounts.tokens import Tokens
from bridge.config import AccountsSettings
from bridge.desk.joining import Joiner
from bridge.desk.rooms import build_policy_room
from bridge.matrix.client import MatrixClient
from bridge.matrix.homeserver import SynapseHomeserver
from bridge.matrix.identities import Identities
from bridge.ports import Homeserver, Principal, PrincipalId, RoomPlan
from policies.names import (
    PERSON_KEY_PREFIX,
    PERSON_STATE,
    Audience,
    Role,
    RoomAlias,
    RoomId,
    ServerName,
    Standing,
    Tier,
    UserId,
)
from policies.people import Person, build_person
from policies.rooms import RoomKind, build_power_levels
from tests.fakes.homeserver import FakeHomeserver
from tests.synapse import Synapse

_NUMBERS: Final = count(1)


@dataclass
class Place:
    """A homeserver, and what the contracts need of people and rooms there."""

    homeserver: Homeserver
    bot: UserId
    server_name: ServerName
    policy_room: RoomId = field(default=RoomId(""))

    def new_name(self) -> str:
        """A name that nothing else has."""
        return f"c{next(_NUMBERS)}"

    def new_alias(self) -> RoomAlias:
        return RoomAlias(f"#chaperone-{self.new_name()}:{self.server_name}")

    async def employee(self, role: Role = Role.EMPLOYEE, standing: Standing = Standing.ALLOWED) -> UserId:
        """Somebody new of the staff: an account, and an entry in the directory."""
        audience = Audience.STAFF if role is Role.ROBOT else None
        tier = Tier.T1 if role is Role.EMPLOYEE else None
        user_id = UserId(f"@{self.new_name()}:{self.server_name}")
        await self.keep(user_id)
        person = Person(user_id, role, tier, standing, audience)
        key = f"{PERSON_KEY_PREFIX}{user_id}"
        await self.homeserver.set_state(self.policy_room, PERSON_STATE, key, build_person(person))
        return user_id

    async def keep(self, user_id: UserId, *, locked: bool = False) -> None:
        await self.homeserver.ensure_account(user_id, "Somebody", locked=locked, unlimited=True)

    async def guest(self) -> UserId:
        """A new ghost."""
        user_id = UserId(f"@guest-{self.new_name()}:{self.server_name}")
        await self.homeserver.ensure_ghost(user_id, "Gina (guest)")
        return user_id

    async def room(self, kind: RoomKind = RoomKind.GUEST, *staff: UserId) -> RoomId:
        """A room of ours with these people in it."""
        plan = RoomPlan(
            alias=self.new_alias(),
            kind=kind,
            name="A room",
            topic="",
            power_levels=build_power_levels(kind, staff),
            history_visibility="joined" if kind is RoomKind.GUEST else "shared",
        )
        room_id = await self.homeserver.ensure_room(plan)
        for user_id in staff:
            await self.let_in(room_id, user_id)
        return room_id

    async def make_half(self, plan: RoomPlan) -> RoomId:
        """A room under the plan's alias without what else was planned, as a killed homeserver leaves it."""
        return await self.homeserver.ensure_room(replace(plan, state=()))

    async def let_in(self, room_id: RoomId, user_id: UserId) -> None:
        await Joiner(self.homeserver).join(room_id, user_id, 0)

    async def bring_in(self, room_id: RoomId, guest: UserId) -> None:
        await self.homeserver.invite(room_id, guest, {})
        await self.homeserver.join(room_id, guest)


async def _found(homeserver: Homeserver, bot: UserId, server_name: ServerName) -> Place:
    place = Place(homeserver, bot, server_name)
    await homeserver.ensure_ghost(bot, "Chaperone")
    place.policy_room = await homeserver.ensure_room(build_policy_room(server_name))
    return place


@pytest.fixture(params=["fake", pytest.param("synapse", marks=pytest.mark.e2e)])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """Each contract is held by both."""
    if request.param == "fake":
        fake = FakeHomeserver()
        yield await _found(fake, fake.bot, fake.server_name)
        return
    synapse: Synapse = request.getfixturevalue("synapse")
    async with aiohttp.ClientSession() as session:
        yield await _found(_open(synapse, session), synapse.bot, synapse.server_name)


def _open(synapse: Synapse, session: aiohttp.ClientSession) -> Homeserver:
    tokens = Tokens(synapse.secret("jwt_private.pem"), AccountsSettings())

    async def matrix_token(user_id: UserId) -> str:
        somebody: Any = Principal(PrincipalId("x"), "x", Role.EMPLOYEE, Tier.T1, Standing.ALLOWED, user_id)
        return tokens.mint(somebody, "session", "matrix", datetime.now(UTC))

    client = MatrixClient(synapse.url, session)
    identities = Identities(client, synapse.secret("as_token"), synapse.bot, synapse.server_name, matrix_token)
    return SynapseHomeserver(client, identities, synapse.bot, synapse.secret("module_secret"))
