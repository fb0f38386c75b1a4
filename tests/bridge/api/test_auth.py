from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from jwt.types import Options

from bridge.desk.profiles import lane_of_person
from bridge.desk.work import ACTION
from policies.actions import EndSessions
from tests.bridge.api.door import Reply
from tests.bridge.api.house import GINA, PASSWORD, House
from tests.builders.people import ADA, BEN, user


async def log_in(house: House, login: str = "ada", **more: str) -> Reply:
    return await house.ask("POST", "/auth/login", body={"login": login, "password": PASSWORD, **more})


async def test_who_knows_their_password_gets_a_token(house: House) -> None:
    reply = await log_in(house)
    assert reply.status == 200
    assert reply.body.keys() == {"token", "token_type", "expires_in", "refresh_token", "principal"}
    assert (reply.body["token_type"], reply.body["expires_in"]) == ("Bearer", 15 * 60)
    assert reply.body["principal"] == {"id": "p-ada", "role": "employee", "tier": "T1", "user_id": ADA.user_id}
    assert (await house.door.ask("GET", "/me", reply.body["token"])).status == 200


async def test_a_guest_logs_in_too(house: House) -> None:
    reply = await log_in(house, "guest-gina")
    assert reply.body["principal"] == {"id": "p-guest-gina", "role": "guest", "tier": None, "user_id": GINA.user_id}


async def test_a_wrong_password_and_a_wrong_login_are_answered_alike(house: House) -> None:
    wrong = await house.ask("POST", "/auth/login", body={"login": "ada", "password": "wrong"})
    nobody = await house.ask("POST", "/auth/login", body={"login": "nobody", "password": "wrong"})
    assert (wrong.status, wrong.errcode) == (401, "CHAPERONE_WRONG_PASSWORD")
    assert nobody.body == wrong.body


async def test_too_many_tries_are_limited(house: House) -> None:
    for _ in range(house.settings.accounts.tries_per_minute_per_login):
        await house.ask("POST", "/auth/login", body={"login": "ada", "password": "wrong"})
    reply = await log_in(house)
    assert (reply.status, reply.errcode) == (429, "M_LIMIT_EXCEEDED")
    assert 0 < reply.body["retry_after_ms"] <= 61_000
    assert 1 <= int(reply.headers["Retry-After"]) <= 61
    assert (await log_in(house, "ben")).status == 200


async def test_who_is_suspended_is_told_so_if_they_know_the_password(house: House) -> None:
    await house.suspend(BEN)
    reply = await log_in(house, "ben")
    assert (reply.status, reply.errcode) == (403, "CHAPERONE_SUSPENDED")
    wrong = await house.ask("POST", "/auth/login", body={"login": "ben", "password": "wrong"})
    assert wrong.errcode == "CHAPERONE_WRONG_PASSWORD"


async def test_a_suspension_ends_what_a_token_may(house: House) -> None:
    token = await house.token_of(BEN)
    await house.suspend(BEN)
    assert (await house.door.ask("GET", "/me", token)).status == 401


async def test_a_token_for_the_homeserver_is_none_for_the_api(house: House) -> None:
    reply = await log_in(house, audience="matrix")
    assert reply.body["expires_in"] == 60
    claims = jwt.decode(reply.body["token"], options={"verify_signature": False})
    assert (claims["aud"], claims["sub"]) == ("matrix", "ada")
    assert (await house.door.ask("GET", "/me", reply.body["token"])).status == 401


async def test_guests_get_no_token_for_the_homeserver_unless_the_settings_say_so(house: House) -> None:
    reply = await log_in(house, "guest-gina", audience="matrix")
    assert (reply.status, reply.errcode) == (403, "CHAPERONE_NOT_PERMITTED")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"login": "ada"},
        {"login": "", "password": PASSWORD},
        {"login": "x" * 256, "password": PASSWORD},
        {"login": "ada", "password": "x" * 1025},
        {"login": "ada", "password": PASSWORD, "audience": "elsewhere"},
        {"login": ["ada"], "password": PASSWORD},
    ],
)
async def test_a_login_that_does_not_fit_is_refused_before_anything_is_compared(
    house: House, body: dict[str, str]
) -> None:
    reply = await house.ask("POST", "/auth/login", body=body)
    assert (reply.status, reply.errcode) == (400, "M_BAD_JSON")


async def test_a_token_expires_and_a_refresh_gives_a_new_one(house: House) -> None:
    login = await log_in(house)
    house.clock.advance(timedelta(minutes=15))
    expired = await house.door.ask("GET", "/me", login.body["token"])
    assert (expired.status, expired.errcode, expired.body["soft_logout"]) == (401, "M_UNKNOWN_TOKEN", True)
    fresh = await house.ask("POST", "/auth/refresh", body={"refresh_token": login.body["refresh_token"]})
    assert fresh.status == 200
    assert (await house.door.ask("GET", "/me", fresh.body["token"])).status == 200


async def test_a_refresh_token_is_good_once_and_its_second_use_ends_the_session(house: House) -> None:
    login = await log_in(house)
    body = {"refresh_token": login.body["refresh_token"]}
    fresh = await house.ask("POST", "/auth/refresh", body=body)
    again = await house.ask("POST", "/auth/refresh", body=body)
    assert (again.status, again.errcode, again.body["soft_logout"]) == (401, "M_UNKNOWN_TOKEN", False)
    assert (await house.door.ask("GET", "/me", fresh.body["token"])).status == 401


@pytest.mark.parametrize("token", ["rubbish", "a.b", "🦉", "x" * 1024, ".", "x" * 255 + ".y"])
async def test_a_refresh_token_of_nobody_is_refused(house: House, token: str) -> None:
    reply = await house.ask("POST", "/auth/refresh", body={"refresh_token": token})
    assert (reply.status, reply.errcode) == (401, "M_UNKNOWN_TOKEN")


async def test_a_session_is_refreshed_for_the_homeserver(house: House) -> None:
    login = await log_in(house)
    body = {"refresh_token": login.body["refresh_token"], "audience": "matrix"}
    assert (await house.ask("POST", "/auth/refresh", body=body)).body["expires_in"] == 60


@pytest.mark.parametrize("login", ["ada", "guest-gina"])
async def test_a_logout_ends_ones_matrix_sessions_too(house: House, login: str) -> None:
    token = (await log_in(house, login)).body["token"]
    await house.door.ask("POST", "/auth/logout", token)
    user_id = user(login)
    async with house.store.read() as tx:
        [row] = await tx.outbox.due(house.clock.now(), 10, frozenset())
    assert (row.lane, ACTION.validate_python(row.action)) == (lane_of_person(user_id), EndSessions(user_id))


async def test_a_logout_takes_effect_at_once(house: House) -> None:
    login = await log_in(house)
    reply = await house.door.ask("POST", "/auth/logout", login.body["token"])
    assert (reply.status, reply.body) == (200, {})
    assert (await house.door.ask("GET", "/me", login.body["token"])).status == 401
    refreshed = await house.ask("POST", "/auth/refresh", body={"refresh_token": login.body["refresh_token"]})
    assert refreshed.status == 401


async def test_the_public_key_that_is_shown_is_the_one_tokens_are_signed_with(house: House) -> None:
    token = (await log_in(house)).body["token"]
    reply = await house.ask("GET", "/auth/jwks.json")
    [key] = reply.body["keys"]
    assert "d" not in key
    public = jwt.PyJWK.from_dict(key)
    unhurried: Options = {"verify_exp": False, "verify_iat": False}  # the token is of the fake clock's time
    assert jwt.decode(token, public, ["EdDSA"], audience="gateway", options=unhurried)["sub"] == "p-ada"
