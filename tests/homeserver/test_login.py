"""Who may begin a session, and by what, on a real Synapse."""

from __future__ import annotations

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from policies.names import Audience, Role
from policies.people import Person
from tests.homeserver.house import House
from tests.homeserver.standin import BridgeStandIn

pytestmark = pytest.mark.e2e

ROBOT = "istackbuddy.docs.jokes"


class TestTokens:
    async def test_a_token_of_the_bridge_begins_a_session(self, house: House) -> None:
        dana = await house.person("dana")
        assert (await dana.done("GET", "/account/whoami"))["user_id"] == dana.user_id

    @pytest.mark.parametrize(
        "claims",
        [
            {"exp": int(time.time()) - 600},
            {"aud": "chaperone"},
            {"aud": ["api", "socket"]},
            {"iss": "somebody else"},
            {"nbf": int(time.time()) + 600},
        ],
        ids=["expired", "for the API", "for others", "by another issuer", "not yet valid"],
    )
    async def test_a_token_for_something_else_is_refused(self, house: House, claims: dict[str, object]) -> None:
        await house.person("dana")
        answer = await house.log_in_by_jwt(house.token_for("dana", **claims))
        assert (answer.status, answer.code) == (403, "M_FORBIDDEN")

    async def test_a_token_signed_by_somebody_else_is_refused(self, house: House) -> None:
        await house.person("dana")
        claims = jwt.decode(house.token_for("dana"), options={"verify_signature": False})
        forgeries = [
            jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA"),
            jwt.encode(claims, "x" * 64, algorithm="HS256"),
            jwt.encode(claims, "", algorithm="none"),
        ]
        for forged in forgeries:
            answer = await house.log_in_by_jwt(forged)
            assert (answer.status, answer.code) == (403, "M_FORBIDDEN")

    async def test_a_token_for_somebody_without_an_account_makes_none(self, house: House) -> None:
        answer = await house.log_in_by_jwt(house.token_for("nobody-yet"))
        assert (answer.status, answer.code) == (403, "CHAPERONE_NOT_PERMITTED")

    async def test_a_ghost_that_is_registered_may_have_a_session_of_its_own(self, house: House) -> None:
        ghost = await house.ghost("with-element")
        answer = await house.log_in_by_jwt(house.token_for("guest-with-element"))
        assert (answer.status, answer.body["user_id"]) == (200, ghost.user_id)

    async def test_the_bot_has_no_login(self, house: House) -> None:
        answer = await house.log_in_by_jwt(house.token_for("chaperone"))
        assert (answer.status, answer.code) == (403, "CHAPERONE_NOT_PERMITTED")

    async def test_the_suspended_do_not_log_in(self, house: House) -> None:
        await house.suspend(await house.person("sue"))
        answer = await house.log_in_by_jwt(house.token_for("sue"))
        assert (answer.status, answer.code) == (403, "CHAPERONE_SUSPENDED")


class TestPasswords:
    async def test_the_bridge_says_whose_password_it_is(self, house: House, bridge: BridgeStandIn) -> None:
        dana = await house.person("dana")
        bridge.passwords[dana.user_id] = "right"
        for typed in ("dana", dana.user_id, "Dana"):
            answer = await house.log_in_by_password(typed, "right")
            assert (answer.status, answer.body.get("user_id")) == (200, dana.user_id)
        assert bridge.asked == [dana.user_id] * 3

    async def test_a_wrong_password_is_refused(self, house: House, bridge: BridgeStandIn) -> None:
        erin = await house.person("erin")
        bridge.passwords[erin.user_id] = "right"
        answer = await house.log_in_by_password("erin", "wrong")
        assert (answer.status, answer.code) == (403, "M_FORBIDDEN")

    async def test_an_empty_or_endless_password_is_not_even_asked_about(
        self, house: House, bridge: BridgeStandIn
    ) -> None:
        for password in ("", "x" * 2000):
            assert (await house.log_in_by_password("fay", password)).status == 403
        assert bridge.asked == []

    async def test_without_the_bridge_nobody_logs_in_by_password(self, house: House) -> None:
        await house.person("gil")
        answer = await house.log_in_by_password("gil", "right")
        assert (answer.status, answer.code) == (403, "M_FORBIDDEN")

    async def test_a_bridge_in_trouble_lets_nobody_in(self, house: House, bridge: BridgeStandIn) -> None:
        hal = await house.person("hal")
        bridge.passwords[hal.user_id], bridge.is_broken = "right", True
        assert (await house.log_in_by_password("hal", "right")).status == 403

    async def test_a_right_password_of_somebody_without_an_account_is_no_session(
        self, house: House, bridge: BridgeStandIn
    ) -> None:
        ida = house.user_id("ida")
        bridge.passwords[ida] = "right"
        assert (await house.log_in_by_password("ida", "right")).status == 403
        assert bridge.asked == [ida]

    async def test_somebody_of_another_server_is_not_ours_to_check(self, house: House, bridge: BridgeStandIn) -> None:
        assert (await house.log_in_by_password("@dana:elsewhere", "right")).status == 403
        assert bridge.asked == []

    async def test_synapse_offers_password_and_token(self, house: House) -> None:
        flows = (await house.request("GET", "/_matrix/client/v3/login")).body["flows"]
        assert flows[0] == {"type": "m.login.password"} or {"type": "m.login.password"} in flows
        assert {"type": "org.matrix.login.jwt"} in flows


class TestRobots:
    async def test_a_listed_robot_logs_in_by_its_own_secret_without_the_bridge(self, house: House) -> None:
        robot = await house.robot(ROBOT)
        assert (await robot.done("GET", "/account/whoami"))["user_id"] == robot.user_id

    async def test_a_robot_has_no_other_way_in(self, house: House, bridge: BridgeStandIn) -> None:
        robot = await house.robot(ROBOT)
        bridge.passwords[robot.user_id] = "right"
        assert (await house.log_in_by_password(ROBOT, "right")).status == 403
        assert bridge.asked == []
        by_token = await house.log_in_by_jwt(house.token_for(ROBOT))
        assert (by_token.status, by_token.code) == (403, "CHAPERONE_ROBOTS_MAY_NOT")

    async def test_a_robots_secret_opens_no_other_account(self, house: House, bridge: BridgeStandIn) -> None:
        jan = await house.person("jan")
        assert (await house.log_in_by_password("jan", house.robot_password(jan.user_id))).status == 403

    async def test_a_robot_that_is_not_listed_is_not_let_in(self, house: House, bridge: BridgeStandIn) -> None:
        user_id = house.user_id("istackbuddy.unlisted")
        assert (await house.keep_account(user_id)).status == 200
        assert (await house.log_in_by_password(user_id, house.robot_password(user_id))).status == 403
        await house.list_person(Person(user_id, Role.ROBOT, audience=Audience.STAFF))
        assert (await house.log_in_by_password(user_id, house.robot_password(user_id))).status == 200


async def test_nobody_registers_by_themselves(house: House) -> None:
    body = {"username": "mallory", "password": "x", "auth": {"type": "m.login.dummy"}}
    answer = await house.request("POST", "/_matrix/client/v3/register", body)
    assert (answer.status, answer.code) == (403, "M_FORBIDDEN")
    as_guest = await house.request("POST", "/_matrix/client/v3/register", {}, query={"kind": "guest"})
    assert as_guest.status == 403
