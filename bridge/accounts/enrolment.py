"""Making principals: each with a profile, apart from it, and most with a password."""

from __future__ import annotations

from dataclasses import dataclass, field
from secrets import token_urlsafe

from bridge.accounts.passwords import Passwords
from bridge.accounts.principals import normal_login
from bridge.config import MatrixSettings
from bridge.errors import Taken
from bridge.ports import Clock, Principal, PrincipalId, Profile, Store
from policies.names import Audience, Role, Standing, Tier, UserId
from policies.names_shown import build_guest_name


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who is on no list yet."""

    principal: Principal
    profile: Profile
    password_hash: str | None = field(repr=False)


class Enrolment:
    """Adds to the list of allowed people."""

    def __init__(self, store: Store, clock: Clock, passwords: Passwords) -> None:
        self._store = store
        self._passwords = passwords
        self._clock = clock

    async def create(
        self,
        login: str,
        password: str | None,
        role: Role,
        tier: Tier | None,
        display_name: str,
        user_id: UserId,
        audience: Audience | None = None,
    ) -> Principal:
        """Add somebody. Without a password they cannot log in with one, as robots never do.

        :raises Taken: if the login or the user id is somebody's already.
        """
        newcomer = await self._build(login, password, role, tier, display_name, user_id, audience)
        return await self._add(newcomer)

    async def _build(
        self,
        login: str,
        password: str | None,
        role: Role,
        tier: Tier | None,
        display_name: str,
        user_id: UserId,
        audience: Audience | None = None,
    ) -> Newcomer:
        principal = Principal(
            id=PrincipalId(token_urlsafe(12)),
            login=normal_login(login),
            role=role,
            tier=tier,
            standing=Standing.ALLOWED,
            user_id=user_id,
            audience=audience,
        )
        password_hash = None if password is None else await self._passwords.hash(password)
        return Newcomer(principal, Profile(display_name), password_hash)

    async def build_person(
        self, login: str, password: str, role: Role, tier: Tier | None, name: str, matrix: MatrixSettings
    ) -> Newcomer:
        """A person by their login, who is not added yet. Guests get a ghost, and a name that is marked as a guest's."""
        localpart = login
        if role is Role.GUEST:
            localpart = f"guest-{login}"
            async with self._store.read() as tx:
                name = build_guest_name(name, "Guest", await tx.principals.directory())
        return await self._build(login, password, role, tier, name, matrix.user_id(localpart))

    async def enrol(
        self, login: str, password: str, role: Role, tier: Tier | None, name: str, matrix: MatrixSettings
    ) -> Principal:
        """Build a person and add them, for the bridge to welcome when it starts.

        :raises Taken: if the login or the user id is somebody's already.
        """
        newcomer = await self.build_person(login, password, role, tier, name, matrix)
        return await self._add(newcomer)

    async def _add(self, newcomer: Newcomer) -> Principal:
        async with self._store.write() as tx:
            await tx.principals.add(newcomer.principal, newcomer.profile, newcomer.password_hash, self._clock.now())
        return newcomer.principal

    async def ensure(
        self,
        login: str,
        password: str | None,
        role: Role,
        tier: Tier | None,
        display_name: str,
        user_id: UserId,
        audience: Audience | None = None,
    ) -> Principal:
        """Add somebody unless they are there; who is there stays as they are, password and standing included."""
        there = await self._load(login)
        if there is not None:
            return there
        try:
            return await self.create(login, password, role, tier, display_name, user_id, audience)
        except Taken:
            there = await self._load(login)
            if there is None:
                raise
            return there

    async def ensure_robot(self, user_id: UserId, name: str, audience: Audience) -> Principal:
        """Add a robot unless it is there. Its login is its name; it has no password here, but a secret of its own."""
        return await self.ensure(name, None, Role.ROBOT, None, name, user_id, audience)

    async def _load(self, login: str) -> Principal | None:
        async with self._store.read() as tx:
            found = await tx.principals.load_by_login(normal_login(login))
        return None if found is None else found[0]
