from __future__ import annotations

import asyncio
from datetime import timedelta

import jwt
import pytest
from argon2 import PasswordHasher

from bridge.accounts.errors import (
    AccountError,
    NotForGuests,
    Suspended,
    TokenExpired,
    TokenRefused,
    TooManyTries,
    WrongPassword,
)
from bridge.accounts.principals import Login
from bridge.config import AccountsSettings, DemoSettings, Settings
from bridge.errors import Unknown
from policies.names import UserId
from tests.bridge.accounts.conftest import ADDRESS, PASSWORD, House
from tests.builders.accounts import build_accounts
from tests.builders.people import user

FEW_TRIES = Settings(accounts=AccountsSettings(tries_per_minute_per_login=3, tries_per_minute_per_address=5))


async def log_in(house: House, login: str = "ada") -> Login:
    return await house.accounts.login(login, PASSWORD, ADDRESS, "gateway")


async def test_the_right_password_begins_a_session(house: House) -> None:
    login = await log_in(house)
    assert (login.principal.user_id, login.expires_in) == (user("ada"), 900)
    authenticated = await house.accounts.authenticate(login.token)
    assert authenticated.principal == login.principal
    assert authenticated.session_id == login.session_id
    assert authenticated.expires_at == house.clock.now() + timedelta(minutes=15)


@pytest.mark.parametrize("login", ["Ada", " ada ", "ADA"])
async def test_a_login_is_the_same_however_it_is_typed(house: House, login: str) -> None:
    assert (await log_in(house, login)).principal.login == "ada"


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("ada", "wrong"),
        ("ada", ""),
        ("ada", PASSWORD.upper()),
        ("ada", PASSWORD + "!"),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("\x00", PASSWORD),
        ("\ud800", PASSWORD),
        ("a" * 1000, PASSWORD),
        ("forms", ""),
        (user("ada"), PASSWORD),
    ],
)
async def test_a_wrong_password_and_an_unknown_login_are_refused_alike(house: House, login: str, password: str) -> None:
    with pytest.raises(WrongPassword) as raised:
        await house.accounts.login(login, password, ADDRESS, "gateway")
    assert str(raised.value) == ""


async def test_too_many_tries_are_refused_with_the_right_password_too(house: House) -> None:
    accounts = house.with_settings(FEW_TRIES)
    for _ in range(3):
        with pytest.raises(WrongPassword):
            await accounts.login("ada", "wrong", ADDRESS, "gateway")
    with pytest.raises(TooManyTries) as raised:
        await accounts.login("ada", PASSWORD, "192.0.2.9", "gateway")
    assert raised.value.retry_after > 0
    await accounts.login("gina", PASSWORD, ADDRESS, "gateway")


async def test_many_tries_at_once_are_no_more_than_one_after_another(house: House) -> None:
    accounts = house.with_settings(FEW_TRIES)
    tries = [accounts.login("ada", "wrong", f"192.0.2.{n}", "gateway") for n in range(20)]
    refused = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(fault, WrongPassword) for fault in refused) == 3
    assert sum(isinstance(fault, TooManyTries) for fault in refused) == 17


async def test_unknown_logins_are_limited_as_known_ones_are(house: House) -> None:
    accounts = house.with_settings(FEW_TRIES)
    for _ in range(3):
        with pytest.raises(WrongPassword):
            await accounts.login("nobody", "wrong", ADDRESS, "gateway")
    with pytest.raises(TooManyTries):
        await accounts.login("nobody", "wrong", ADDRESS, "gateway")


async def test_logging_in_rightly_is_not_counted_against_ones_login(house: House) -> None:
    accounts = house.with_settings(FEW_TRIES)
    for n in range(8):
        await accounts.login("ada", PASSWORD, f"192.0.2.{n}", "gateway")


async def test_the_suspended_learn_it_only_with_their_password(house: House) -> None:
    await house.suspend((await log_in(house)).principal)
    with pytest.raises(Suspended):
        await log_in(house)
    with pytest.raises(WrongPassword):
        await house.accounts.login("ada", "wrong", ADDRESS, "gateway")


async def test_a_suspension_ends_tokens_and_refreshing_at_once(house: House) -> None:
    login = await log_in(house)
    await house.suspend(login.principal)
    with pytest.raises(TokenRefused):
        await house.accounts.authenticate(login.token)
    with pytest.raises(Suspended):
        await house.accounts.refresh(login.refresh_token)


async def test_a_token_that_is_too_old_says_so(house: House) -> None:
    login = await log_in(house)
    house.clock.advance(timedelta(minutes=15))
    with pytest.raises(TokenExpired):
        await house.accounts.authenticate(login.token)


async def test_a_foreign_token_is_refused(house: House) -> None:
    foreign = build_accounts(house.store, house.clock, house.heard)  # type: ignore[arg-type]  # hears anything
    login = await foreign.login("ben", PASSWORD + "!", ADDRESS, "gateway")
    with pytest.raises(TokenRefused):
        await house.accounts.authenticate(login.token)


async def test_a_refresh_gives_two_new_tokens_of_the_same_session(house: House) -> None:
    login = await log_in(house)
    house.clock.advance(timedelta(minutes=14))
    again = await house.accounts.refresh(login.refresh_token)
    assert again.session_id == login.session_id
    assert again.refresh_token != login.refresh_token
    assert again.principal == login.principal
    house.clock.advance(timedelta(minutes=10))
    assert (await house.accounts.authenticate(again.token)).session_id == login.session_id


async def test_a_session_goes_on_as_long_as_it_is_refreshed(house: House) -> None:
    login = await log_in(house)
    for _ in range(4):
        house.clock.advance(timedelta(days=29))
        login = await house.accounts.refresh(login.refresh_token)
    house.clock.advance(timedelta(days=30))
    with pytest.raises(TokenRefused):
        await house.accounts.refresh(login.refresh_token)


async def test_a_refresh_token_used_twice_ends_the_session(house: House) -> None:
    login = await log_in(house)
    again = await house.accounts.refresh(login.refresh_token)
    with pytest.raises(TokenRefused):
        await house.accounts.refresh(login.refresh_token)
    assert house.ended() == [login.session_id]
    for token in (login.token, again.token):
        with pytest.raises(TokenRefused):
            await house.accounts.authenticate(token)
    with pytest.raises(TokenRefused):
        await house.accounts.refresh(again.refresh_token)
    assert house.ended() == [login.session_id]


async def test_of_two_refreshes_at_once_one_wins_and_the_session_ends(house: House) -> None:
    login = await log_in(house)
    answers = await asyncio.gather(
        *(house.accounts.refresh(login.refresh_token) for _ in range(2)), return_exceptions=True
    )
    assert sum(isinstance(answer, Login) for answer in answers) == 1
    assert house.ended() == [login.session_id]


@pytest.mark.parametrize(
    "token", ["", ".", "x", "x.y", "\x00.", "\ud800.x", "é", "{session}", "{session}.", "{session}.x"]
)
async def test_what_is_no_refresh_token_is_refused(house: House, token: str) -> None:
    login = await log_in(house)
    with pytest.raises(TokenRefused):
        await house.accounts.refresh(token.replace("{session}", login.session_id))


async def test_no_token_is_kept_in_the_database(house: House) -> None:
    login = await log_in(house)
    async with house.store.read() as tx:
        kept = [
            (await tx.connection.exec_driver_sql(f"SELECT * FROM {table}")).all()
            for table in ("sessions", "principals")
        ]
    for secret in (login.token, login.refresh_token, login.refresh_token.partition(".")[2], PASSWORD):
        assert secret not in str(kept)


async def test_logging_out_ends_this_session_and_no_other(house: House) -> None:
    here, there = await log_in(house), await log_in(house)
    await house.accounts.logout(here.session_id)
    assert house.ended() == [here.session_id]
    with pytest.raises(TokenRefused):
        await house.accounts.authenticate(here.token)
    with pytest.raises(TokenRefused):
        await house.accounts.refresh(here.refresh_token)
    await house.accounts.authenticate(there.token)


async def test_a_token_for_the_homeserver_opens_nothing_here(house: House) -> None:
    login = await house.accounts.login("ada", PASSWORD, ADDRESS, "matrix")
    assert login.expires_in == 60
    assert jwt.decode(login.token, options={"verify_signature": False})["sub"] == "ada"
    with pytest.raises(TokenRefused):
        await house.accounts.authenticate(login.token)


async def test_guests_get_a_matrix_login_only_where_that_is_set(house: House) -> None:
    async def all_doors(settings: Settings) -> list[type]:
        accounts = house.with_settings(settings)
        refresh_token = (await accounts.login("gina", PASSWORD, ADDRESS, "gateway")).refresh_token
        answers = await asyncio.gather(
            accounts.login("gina", PASSWORD, ADDRESS, "matrix"),
            accounts.refresh(refresh_token, "matrix"),
            accounts.check_password(user("guest-gina"), PASSWORD),
            return_exceptions=True,
        )
        return [type(answer) for answer in answers]

    assert await all_doors(Settings()) == [NotForGuests, NotForGuests, type(None)]
    for settings in (
        Settings(accounts=AccountsSettings(matrix_login_for_guests=True)),
        Settings(demo=DemoSettings(enabled=True)),
    ):
        assert not any(issubclass(kind, AccountError | type(None)) for kind in await all_doors(settings))


async def test_a_refused_exchange_does_not_use_the_refresh_token_up(house: House) -> None:
    login = await log_in(house, "gina")
    with pytest.raises(NotForGuests):
        await house.accounts.refresh(login.refresh_token, "matrix")
    await house.accounts.refresh(login.refresh_token)


async def test_the_homeserver_asks_for_the_same_password(house: House) -> None:
    principal = await house.accounts.check_password(user("ada"), PASSWORD)
    assert principal is not None
    assert principal.user_id == user("ada")


@pytest.mark.parametrize(
    ("user_id", "password"),
    [
        (user("ada"), "wrong"),
        (user("ada"), ""),
        (user("nobody"), PASSWORD),
        (user("forms"), ""),
        (UserId("ada"), PASSWORD),
        (UserId("@ada:elsewhere"), PASSWORD),
        (UserId("\ud800"), PASSWORD),
        (UserId(""), PASSWORD),
    ],
)
async def test_the_homeserver_hears_no_for_whatever_reason(house: House, user_id: UserId, password: str) -> None:
    assert await house.accounts.check_password(user_id, password) is None


async def test_the_homeserver_hears_no_for_the_suspended(house: House) -> None:
    await house.suspend((await log_in(house)).principal)
    assert await house.accounts.check_password(user("ada"), PASSWORD) is None


async def test_tries_at_the_homeserver_count_with_those_here(house: House) -> None:
    accounts = house.with_settings(FEW_TRIES)
    for _ in range(3):
        await accounts.check_password(user("ada"), "wrong")
    assert await accounts.check_password(user("ada"), PASSWORD) is None
    with pytest.raises(TooManyTries):
        await accounts.login("ada", PASSWORD, ADDRESS, "gateway")


async def test_the_bridge_acts_as_staff_by_a_token_of_its_own(house: House) -> None:
    token = await house.accounts.mint_matrix_token(user("ada"))
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["aud"]) == ("ada", "matrix")


async def test_the_bridge_acts_so_for_nobody_else(house: House) -> None:
    with pytest.raises(Unknown):
        await house.accounts.mint_matrix_token(user("nobody"))
    with pytest.raises(NotForGuests):
        await house.accounts.mint_matrix_token(user("guest-gina"))
    await house.suspend((await log_in(house)).principal)
    with pytest.raises(Suspended):
        await house.accounts.mint_matrix_token(user("ada"))


async def test_a_password_hashed_at_another_cost_is_hashed_anew_at_the_next_login(house: House) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    principal = (await log_in(house)).principal
    async with house.store.write() as tx:
        await tx.principals.set_password(principal.id, old)
    await log_in(house)
    async with house.store.read() as tx:
        found = await tx.principals.load_by_login("ada")
    assert found is not None
    assert found[1] is not None
    assert not house.passwords.is_outdated(found[1])
    await log_in(house)
