"""The list of allowed people, guests and robots included, and apart from it what they show of themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.errors import Taken, Unknown
from bridge.ports import Principal, PrincipalId, Profile
from bridge.store.engines import insert_new
from bridge.store.tables import principals, profiles
from policies.names import Role, Tier, UserId
from policies.people import Directory, Person, domain_of


class SqlPrincipals:
    """Implements `bridge.ports.Principals`."""

    def __init__(self, connection: AsyncConnection, bot: UserId) -> None:
        self._connection = connection
        self._bot = bot

    async def add(self, principal: Principal, profile: Profile, password_hash: str | None, now: datetime) -> None:
        values = {"id": principal.id, "password_hash": password_hash, "created_at": now, **_values(principal)}
        if not await insert_new(self._connection, principals, values):
            raise Taken("login or user", principal.login)
        shown = {"principal_id": principal.id, "display_name": profile.display_name, "avatar": profile.avatar}
        await self._connection.execute(insert(profiles).values(shown))

    async def load(self, principal_id: PrincipalId) -> Principal | None:
        return await self._one(principals.c.id == principal_id)

    async def load_by_login(self, login: str) -> tuple[Principal, str | None] | None:
        row = (await self._connection.execute(select(principals).where(principals.c.login == login))).one_or_none()
        return None if row is None else (_principal(row), row.password_hash)

    async def load_by_user(self, user_id: UserId) -> Principal | None:
        return await self._one(principals.c.user_id == user_id)

    async def list(self) -> Sequence[Principal]:
        query = select(principals).order_by(principals.c.login)
        return [_principal(row) for row in await self._connection.execute(query)]

    async def save(self, principal: Principal) -> None:
        await self._update(principal.id, **_values(principal))

    async def set_password(self, principal_id: PrincipalId, password_hash: str) -> None:
        await self._update(principal_id, password_hash=password_hash)

    async def profile(self, principal_id: PrincipalId) -> Profile:
        query = select(profiles).where(profiles.c.principal_id == principal_id)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise Unknown("principal", principal_id)
        return Profile(row.display_name, row.avatar)

    async def save_profile(self, principal_id: PrincipalId, profile: Profile) -> None:
        statement = (
            update(profiles)
            .where(profiles.c.principal_id == principal_id)
            .values(display_name=profile.display_name, avatar=profile.avatar)
        )
        if not (await self._connection.execute(statement)).rowcount:
            raise Unknown("principal", principal_id)

    async def profiles(self, user_ids: Sequence[UserId]) -> Mapping[UserId, Profile]:
        query = (
            select(principals.c.user_id, profiles.c.display_name, profiles.c.avatar)
            .join(profiles, profiles.c.principal_id == principals.c.id)
            .where(principals.c.user_id.in_(user_ids))
        )
        return {
            UserId(row.user_id): Profile(row.display_name, row.avatar) for row in await self._connection.execute(query)
        }

    async def directory(self) -> Directory:
        """Staff and robots. Guests are not listed, here as in the policy room: whoever is not, is one."""
        query = select(principals).where(principals.c.role != Role.GUEST)
        people = [_principal(row) for row in await self._connection.execute(query)]
        return Directory(
            bot=self._bot,
            server_name=domain_of(self._bot),
            people={p.user_id: Person(p.user_id, p.role, p.tier, p.standing, p.audience) for p in people},
        )

    async def _one(self, condition: ColumnElement[bool]) -> Principal | None:
        row = (await self._connection.execute(select(principals).where(condition))).one_or_none()
        return None if row is None else _principal(row)

    async def _update(self, principal_id: PrincipalId, **values: Any) -> None:
        statement = update(principals).where(principals.c.id == principal_id).values(values)
        if not (await self._connection.execute(statement)).rowcount:
            raise Unknown("principal", principal_id)


def _values(principal: Principal) -> dict[str, Any]:
    return {
        "login": principal.login,
        "role": principal.role,
        "tier": None if principal.tier is None else int(principal.tier),
        "standing": principal.standing,
        "audience": principal.audience,
        "user_id": principal.user_id,
    }


def _principal(row: Row[Any]) -> Principal:
    return Principal(
        id=PrincipalId(row.id),
        login=row.login,
        role=row.role,
        tier=None if row.tier is None else Tier(row.tier),
        standing=row.standing,
        user_id=UserId(row.user_id),
        audience=row.audience,
    )
