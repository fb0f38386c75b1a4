from __future__ import annotations

import asyncio

import pytest

from bridge.accounts.errors import WrongPassword
from bridge.errors import Taken
from bridge.ports import Principal, Profile
from policies.names import Audience, Role, Standing, Tier
from tests.bridge.accounts.conftest import ADDRESS, House
from tests.builders.people import user


async def ensure(house: House, password: str) -> Principal:
    return await house.enrolment.ensure("Cleo", password, Role.EMPLOYEE, Tier.T3, "Cleo", user("cleo"))


async def test_somebody_new_is_allowed_and_shows_their_name(house: House) -> None:
    cleo = await house.enrolment.create("Cleo ", "secret", Role.EMPLOYEE, Tier.T3, "Cleo", user("cleo"))
    assert (cleo.login, cleo.tier, cleo.standing) == ("cleo", Tier.T3, Standing.ALLOWED)
    async with house.store.read() as tx:
        assert await tx.principals.load(cleo.id) == cleo
        assert await tx.principals.profile(cleo.id) == Profile("Cleo")
    assert (await house.accounts.login("cleo", "secret", ADDRESS, "gateway")).principal == cleo


@pytest.mark.parametrize(("login", "localpart"), [("Ada", "other"), ("other", "ada")])
async def test_a_login_and_a_user_belong_to_one(house: House, login: str, localpart: str) -> None:
    with pytest.raises(Taken):
        await house.enrolment.create(login, "x", Role.EMPLOYEE, Tier.T1, "Other", user(localpart))


async def test_who_is_there_stays_as_they_are(house: House) -> None:
    first = await ensure(house, "first")
    assert await ensure(house, "second") == first
    with pytest.raises(WrongPassword):
        await house.accounts.login("cleo", "second", ADDRESS, "gateway")


async def test_somebody_ensured_twice_at_once_is_one(house: House) -> None:
    one, other = await asyncio.gather(ensure(house, "a"), ensure(house, "b"))
    assert one == other


async def test_somebody_is_not_ensured_under_anothers_user_id(house: House) -> None:
    with pytest.raises(Taken):
        await house.enrolment.ensure("cleo", "x", Role.EMPLOYEE, Tier.T3, "Cleo", user("ada"))


async def test_a_robot_has_an_audience_and_no_password(house: House) -> None:
    robot = await house.enrolment.ensure_robot(user("forms"), "Forms", Audience.STAFF)
    assert (robot.role, robot.audience, robot.login) == (Role.ROBOT, Audience.STAFF, "forms")
    async with house.store.read() as tx:
        assert await tx.principals.load_by_login("forms") == (robot, None)
        assert (await tx.principals.directory()).who_is(user("forms")).is_staff_robot
