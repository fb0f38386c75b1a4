"""The bridge's way to accounts, on a real Synapse."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from policies.rooms import RoomKind
from tests.homeserver.house import Answer, House

pytestmark = pytest.mark.e2e

ASKED = {"display_name": "Kim", "locked": False, "unlimited": False}


async def put(house: House, user: str, body: object, token: str | None = None) -> Answer:
    path = f"/_synapse/chaperone/accounts/{quote(user, safe='')}"
    return await house.request("PUT", path, body, token=token or house.synapse.secret("module_secret"))


async def test_an_account_is_made_once_and_named(house: House) -> None:
    kim = house.user_id("kim")
    for _ in range(2):
        assert await put(house, kim, ASKED) == Answer(200, {})
    someone = await house.person("kim")
    assert (await someone.done("GET", f"/profile/{quote(kim)}"))["displayname"] == "kim"
    assert (await put(house, kim, {**ASKED, "display_name": "Kim Two"})).status == 200
    assert (await someone.done("GET", f"/profile/{quote(kim)}"))["displayname"] == "Kim Two"


async def test_locking_ends_every_session_and_unlocking_lets_log_in_again(house: House) -> None:
    lou = await house.person("lou")
    assert (await house.keep_account(lou.user_id, locked=True)).status == 200
    assert (await lou.call("GET", "/account/whoami")).status == 401
    refused = await house.log_in_by_jwt(house.token_for("lou"))
    assert (refused.status, refused.code) == (401, "M_USER_LOCKED")
    assert (await house.keep_account(lou.user_id, locked=True)).status == 200
    assert (await house.keep_account(lou.user_id, locked=False)).status == 200
    assert (await lou.call("GET", "/account/whoami")).code == "M_UNKNOWN_TOKEN"
    assert (await house.log_in_by_jwt(house.token_for("lou"))).status == 200


async def test_logging_out_ends_every_session_and_locks_nothing(house: House) -> None:
    lea = await house.person("lea")
    for _ in range(2):
        assert (await put(house, lea.user_id, {**ASKED, "log_out": True})).status == 200
    assert (await lea.call("GET", "/account/whoami")).code == "M_UNKNOWN_TOKEN"
    assert (await house.log_in_by_jwt(house.token_for("lea"))).status == 200


async def test_an_account_may_be_made_locked(house: House) -> None:
    meg = house.user_id("meg")
    assert (await house.keep_account(meg, locked=True)).status == 200
    assert (await house.log_in_by_jwt(house.token_for("meg"))).status == 401


async def test_synapses_limit_holds_unless_it_is_lifted(house: House) -> None:
    pat = await house.person("pat")
    made = await pat.done("POST", "/createRoom", {})
    room = made["room_id"]
    assert [(await pat.say(room)).status for _ in range(25)] == [200] * 25
    assert (await house.keep_account(pat.user_id, unlimited=False)).status == 200
    for _ in range(25):
        if (await pat.say(room)).status == 429:
            break
    else:
        pytest.fail("nothing was limited")
    assert (await house.keep_account(pat.user_id, unlimited=True)).status == 200
    assert (await pat.say(room)).status == 200


async def test_one_employee_may_be_brought_into_many_rooms_at_once(house: House) -> None:
    """Synapse lets somebody be invited five times, then every five minutes; the bot is exempt from it."""
    rae = await house.person("rae")
    for _ in range(12):
        await house.make_room(RoomKind.STAFF, [rae])


@pytest.mark.parametrize("token", ["wrong", "as_token"])
async def test_a_wrong_secret_is_refused(house: House, token: str) -> None:
    secret = house.synapse.secret("as_token") if token == "as_token" else token
    answer = await put(house, house.user_id("kim"), ASKED, token=secret)
    assert (answer.status, answer.code) == (401, "M_UNKNOWN_TOKEN")
    path = f"/_synapse/chaperone/accounts/{quote(house.user_id('kim'))}"
    without = await house.request("PUT", path, ASKED)
    assert (without.status, without.code) == (401, "M_MISSING_TOKEN")


@pytest.mark.parametrize(
    ("user", "code"),
    [
        ("@guest-zoe:localhost", "M_EXCLUSIVE"),
        ("@chaperone:localhost", "M_EXCLUSIVE"),
        ("@kim:elsewhere", "M_INVALID_PARAM"),
        ("kim", "M_INVALID_PARAM"),
        ("@Kim:localhost", "M_INVALID_PARAM"),
        ("@k m:localhost", "M_INVALID_USERNAME"),
        ("@ü:localhost", "M_INVALID_USERNAME"),
    ],
)
async def test_only_local_people_have_accounts_here(house: House, user: str, code: str) -> None:
    answer = await put(house, user, ASKED)
    assert (answer.status, answer.code) == (400, code)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "display_name"),
        ({**ASKED, "display_name": "  "}, "display_name"),
        ({**ASKED, "locked": "no"}, "locked"),
        ({**ASKED, "unlimited": 1}, "unlimited"),
        ({**ASKED, "admin": True}, "admin"),
    ],
)
async def test_a_body_that_is_not_understood_is_refused_by_name(
    house: House, body: dict[str, object], named: str
) -> None:
    answer = await put(house, house.user_id("kim"), body)
    assert (answer.status, answer.code) == (400, "M_BAD_JSON")
    assert named in answer.body["error"]


async def test_what_is_no_json_is_refused(house: House) -> None:
    answer = await put(house, house.user_id("kim"), [1])
    assert (answer.status, answer.code) == (400, "M_BAD_JSON")


@pytest.mark.parametrize("path", ["", "/", "/@kim:localhost/x"])
async def test_there_is_nothing_else_below_the_path(house: House, path: str) -> None:
    secret = house.synapse.secret("module_secret")
    answer = await house.request("PUT", f"/_synapse/chaperone/accounts{path}", ASKED, token=secret)
    assert answer.status in {400, 404}
    read = await house.request("GET", "/_synapse/chaperone/accounts/@kim:localhost", token=secret)
    assert read.status == 405
