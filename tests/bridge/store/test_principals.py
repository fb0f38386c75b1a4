from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.errors import Taken, Unknown
from bridge.ports import Principal, PrincipalId, Profile
from bridge.store.database import SqlStore
from policies.names import Audience, Role, Standing, Tier, UserId
from policies.people import Person
from tests.bridge.store.rows import BOT, GINA, HUGO, NOW

ADA = Principal(PrincipalId("p-ada"), "ada", Role.EMPLOYEE, Tier.T2, Standing.SUSPENDED, UserId("@ada:localhost"), None)
FORMS = Principal(
    PrincipalId("p-forms"),
    "forms",
    Role.ROBOT,
    None,
    Standing.ALLOWED,
    UserId("@forms:localhost"),
    Audience.STAFF,
)


async def add(store: SqlStore, principal: Principal, password_hash: str | None = None) -> None:
    async with store.write() as tx:
        await tx.principals.add(principal, Profile(principal.login.title(), "mxc://a/b"), password_hash, NOW)


async def test_a_principal_is_found_by_id_login_and_user(store: SqlStore) -> None:
    await add(store, ADA, "hash")
    await add(store, FORMS)
    async with store.read() as tx:
        assert await tx.principals.load(ADA.id) == ADA
        assert await tx.principals.load_by_login("ada") == (ADA, "hash")
        assert await tx.principals.load_by_user(FORMS.user_id) == FORMS
        assert await tx.principals.load_by_login("forms") == (FORMS, None)
        assert await tx.principals.load(PrincipalId("p-x")) is None
        assert await tx.principals.load_by_login("x") is None
        assert await tx.principals.load_by_user(UserId("@x:localhost")) is None
        assert [p.login for p in await tx.principals.list()] == ["ada", "forms", "gina", "hugo"]


@pytest.mark.parametrize(
    "twin", [replace(ADA, login="gina"), replace(ADA, user_id=GINA.user_id), replace(ADA, id=GINA.id)]
)
async def test_nobody_takes_anothers_login_user_or_id(store: SqlStore, twin: Principal) -> None:
    with pytest.raises(Taken):
        await add(store, twin)
    async with store.read() as tx:
        assert len(await tx.principals.list()) == 2


async def test_a_principal_changes_without_their_password_or_profile(store: SqlStore) -> None:
    await add(store, ADA, "hash")
    promoted = replace(ADA, role=Role.SUPERVISOR, tier=None, standing=Standing.ALLOWED)
    async with store.write() as tx:
        await tx.principals.save(promoted)
        assert await tx.principals.load_by_login("ada") == (promoted, "hash")
        assert await tx.principals.profile(ADA.id) == Profile("Ada", "mxc://a/b")


async def test_a_password_changes_alone(store: SqlStore) -> None:
    await add(store, ADA, "old")
    async with store.write() as tx:
        await tx.principals.set_password(ADA.id, "new")
        assert await tx.principals.load_by_login("ada") == (ADA, "new")


async def test_a_profile_changes_alone(store: SqlStore) -> None:
    await add(store, ADA)
    async with store.write() as tx:
        await tx.principals.save_profile(ADA.id, Profile("Ada L.", None))
        assert await tx.principals.profile(ADA.id) == Profile("Ada L.", None)
        assert await tx.principals.load(ADA.id) == ADA


async def test_profiles_are_loaded_for_many_at_once(store: SqlStore) -> None:
    async with store.read() as tx:
        shown = await tx.principals.profiles([GINA.user_id, HUGO.user_id, UserId("@x:localhost")])
        assert shown == {GINA.user_id: Profile("Gina"), HUGO.user_id: Profile("Hugo")}
        assert await tx.principals.profiles([]) == {}


async def test_what_is_not_there_cannot_be_changed_or_shown(store: SqlStore) -> None:
    async with store.write() as tx:
        with pytest.raises(Unknown):
            await tx.principals.save(ADA)
        with pytest.raises(Unknown):
            await tx.principals.set_password(ADA.id, "new")
        with pytest.raises(Unknown):
            await tx.principals.save_profile(ADA.id, Profile("Ada"))
        with pytest.raises(Unknown):
            await tx.principals.profile(ADA.id)


async def test_the_directory_lists_staff_and_robots_and_no_guest(store: SqlStore) -> None:
    await add(store, ADA)
    await add(store, FORMS)
    async with store.read() as tx:
        directory = await tx.principals.directory()
    assert (directory.bot, directory.server_name) == (BOT, "localhost")
    assert directory.people == {
        ADA.user_id: Person(ADA.user_id, Role.EMPLOYEE, Tier.T2, Standing.SUSPENDED),
        FORMS.user_id: Person(FORMS.user_id, Role.ROBOT, audience=Audience.STAFF),
    }
    assert directory.who_is(GINA.user_id).role is Role.GUEST
