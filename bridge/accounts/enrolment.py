"""Making principals: each with a profile, apart from it, and most with a password."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from secrets import token_urlsafe

from bridge.accounts.passwords import Passwords
from bridge.accounts.principals import normal_login
from bridge.config import MatrixSettings
from bridge.errors import Taken
from bridge.ports import Clock, Principal, PrincipalId, Profile, Store, Transaction
from policies.names import Audience, Role, Standing, Tier, UserId
from policies.names_shown import build_guest_name

AlsoAdded = Callable[[Transaction, Principal], Awaitable[None]]


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
        also: AlsoAdded | None = None,
    ) -> Principal:
        """Add somebody. Without a password they cannot log in with one, as robots never do.

        :param also: what else is to be true at once.
        :raises Taken: if the login or the user id is somebody's already.
        """
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
        async with self._store.write() as tx:
            await tx.principals.add(principal, Profile(display_name), password_hash, self._clock.now())
            if also is not None:
                await also(tx, principal)
        return principal

    async def enrol(
        self,
        login: str,
        password: str,
        role: Role,
        tier: Tier | None,
        name: str,
        matrix: MatrixSettings,
        also: AlsoAdded | None = None,
    ) -> Principal:
        """Add a person by their login. Guests get a ghost, and a name that is marked as a guest's.

        :param also: what else is to be true at once.
        :raises Taken: if the login or the user id is somebody's already.
        """
        localpart = login
        if role is Role.GUEST:
            localpart = f"guest-{login}"
            async with self._store.read() as tx:
                name = build_guest_name(name, "Guest", await tx.principals.directory())
        return await self.create(login, password, role, tier, name, matrix.user_id(localpart), also=also)

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
