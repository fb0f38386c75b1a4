from __future__ import annotations

from typing import Any

import pytest

from policies.names import Role, Standing, Tier
from policies.people import Person
from tests.bridge.api.house import GINA, PASSWORD, House
from tests.builders.people import ADA, ALEX, BEN, DIAGNOSTICS, SAM

NEW: dict[str, Any] = {"login": "abe", "password": "a long password", "role": "employee", "tier": "T1"}


async def patch(house: House, who: Person, body: Any, by: Person = ALEX) -> Any:
    return await house.ask("PATCH", f"/users/{house.principals[who.user_id].id}", by, body)


class TestListing:
    async def test_supervisors_see_everybody_robots_included(self, house: House) -> None:
        reply = await house.ask("GET", "/users", SAM)
        logins = [user["login"] for user in reply.body["users"]]
        assert logins == sorted(logins)
        assert {"ada", "sam", "guest-gina", "istackbuddy.forms.diagnostics"} <= set(logins)
        ada = next(user for user in reply.body["users"] if user["login"] == "ada")
        assert ada == {
            "id": "p-ada",
            "login": "ada",
            "user_id": ADA.user_id,
            "display_name": "Ada",
            "role": "employee",
            "tier": "T1",
            "status": "allowed",
            "on_duty": True,
            "capacity": None,
            "open_issues": 0,
            "state": "settled",
        }

    @pytest.mark.parametrize("who", [ADA, GINA])
    async def test_nobody_else_does(self, house: House, who: Person) -> None:
        assert (await house.ask("GET", "/users", who)).status == (404 if who is GINA else 403)

    async def test_it_says_who_is_on_duty(self, house: House) -> None:
        await house.ask("PATCH", "/me/duty", ADA, {"on_duty": False})
        on = [user["login"] for user in (await house.ask("GET", "/users?on_duty=true", SAM)).body["users"]]
        off = [user["login"] for user in (await house.ask("GET", "/users?on_duty=false", SAM)).body["users"]]
        assert {"ben", "sam"} <= set(on)
        assert off == ["ada"]

    async def test_it_can_be_narrowed(self, house: House) -> None:
        await house.suspend(BEN)
        for query, expected in (
            ("role=supervisor", ["sam"]),
            ("status=suspended", ["ben"]),
            ("q=DIAGNOS", ["istackbuddy.forms.diagnostics"]),
            ("q=nobody", []),
        ):
            reply = await house.ask("GET", f"/users?{query}", SAM)
            assert [user["login"] for user in reply.body["users"]] == expected

    async def test_it_comes_in_pages_without_gap_or_repeat(self, house: House) -> None:
        everybody = [user["login"] for user in (await house.ask("GET", "/users", SAM)).body["users"]]
        seen: list[str] = []
        cursor = ""
        while True:
            page = (await house.ask("GET", f"/users?limit=2{cursor}", SAM)).body
            seen += [user["login"] for user in page["users"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert seen == everybody


class TestAdding:
    async def test_an_admin_adds_somebody_who_can_log_in(self, house: House) -> None:
        reply = await house.ask("POST", "/users", ALEX, {**NEW, "display_name": "Abe"})
        assert (reply.status, reply.body["user_id"], reply.body["state"]) == (201, "@abe:localhost", "pending")
        login = await house.ask("POST", "/auth/login", body={"login": "abe", "password": NEW["password"]})
        assert (login.status, login.body["principal"]["tier"]) == (200, "T1")

    async def test_a_guest_gets_a_ghost_and_a_marked_name(self, house: House) -> None:
        body = {"login": "ida", "password": "a long password", "role": "guest", "display_name": "Ida"}
        reply = await house.ask("POST", "/users", ALEX, body)
        assert reply.body["user_id"] == "@guest-ida:localhost"
        assert reply.body["display_name"] == "Ida (guest)"
        assert reply.body["state"] == "settled"

    async def test_a_login_that_is_taken_is_said_to_be(self, house: House) -> None:
        reply = await house.ask("POST", "/users", ALEX, {**NEW, "login": "ada"})
        assert (reply.status, reply.errcode) == (409, "M_USER_IN_USE")

    @pytest.mark.parametrize(
        "change", [{"tier": None}, {"role": "admin"}, {"role": "robot"}, {"password": "short"}, {"login": "A b"}]
    )
    async def test_what_does_not_fit_is_refused(self, house: House, change: dict[str, Any]) -> None:
        assert (await house.ask("POST", "/users", ALEX, {**NEW, **change})).status == 400

    async def test_a_supervisor_adds_nobody(self, house: House) -> None:
        assert (await house.ask("POST", "/users", SAM, NEW)).status == 403


class TestChanging:
    async def test_a_suspended_employee_is_refused_every_door_at_once(self, house: House) -> None:
        token = await house.token_of(ADA)
        reply = await patch(house, ADA, {"status": "suspended"})
        assert (reply.status, reply.body["status"], reply.body["state"]) == (200, "suspended", "pending")
        assert (await house.door.ask("GET", "/me", token)).status == 401
        login = await house.ask("POST", "/auth/login", body={"login": "ada", "password": PASSWORD})
        assert (login.status, login.errcode) == (403, "CHAPERONE_SUSPENDED")

    async def test_it_is_settled_once_everything_that_follows_is_done(self, house: House) -> None:
        await patch(house, ADA, {"status": "suspended"})
        await house.finish_work()
        assert (await house.ask("GET", "/users/p-ada", SAM)).body["state"] == "settled"

    async def test_role_tier_and_duty_change(self, house: House) -> None:
        reply = await patch(house, ADA, {"tier": "T3", "on_duty": False})
        assert (reply.body["tier"], reply.body["on_duty"]) == ("T3", False)
        reply = await patch(house, ADA, {"role": "supervisor", "on_duty": True})
        assert (reply.body["role"], reply.body["tier"], reply.body["on_duty"]) == ("supervisor", None, True)
        async with house.store.read() as tx:
            person = (await tx.principals.directory()).who_is(ADA.user_id)
        assert (person.role, person.tier, person.standing) == (Role.SUPERVISOR, None, Standing.ALLOWED)

    async def test_a_supervisor_becomes_an_employee_only_with_a_tier(self, house: House) -> None:
        assert (await patch(house, SAM, {"role": "employee"})).status == 403
        reply = await patch(house, SAM, {"role": "employee", "tier": "T2"})
        assert reply.body["tier"] == Tier.T2.name

    async def test_who_is_let_back_may_log_in_again(self, house: House) -> None:
        await patch(house, ADA, {"status": "suspended"})
        await patch(house, ADA, {"status": "allowed"})
        login = await house.ask("POST", "/auth/login", body={"login": "ada", "password": PASSWORD})
        assert login.status == 200

    async def test_an_admin_does_not_change_themselves(self, house: House) -> None:
        reply = await patch(house, ALEX, {"status": "suspended"})
        assert (reply.status, reply.errcode) == (403, "CHAPERONE_NOT_PERMITTED")

    async def test_a_robot_is_suspended_and_stays_a_robot(self, house: House) -> None:
        assert (await patch(house, DIAGNOSTICS, {"status": "suspended"})).body["status"] == "suspended"
        assert (await patch(house, DIAGNOSTICS, {"role": "admin"})).status == 403

    async def test_nobody_who_is_not_there_is_changed(self, house: House) -> None:
        assert (await house.ask("PATCH", "/users/nobody", ALEX, {})).status == 404
        assert (await house.ask("GET", "/users/nobody", SAM)).status == 404

    @pytest.mark.parametrize("body", [{"role": "guest"}, {"status": "gone"}, {"tier": "T4"}, {"login": "x"}])
    async def test_what_does_not_fit_is_refused(self, house: House, body: dict[str, Any]) -> None:
        assert (await patch(house, ADA, body)).status == 400

    async def test_only_admins_do_it(self, house: House) -> None:
        assert (await patch(house, ADA, {"status": "suspended"}, by=SAM)).status == 403
        assert (await patch(house, ADA, {"status": "suspended"}, by=GINA)).status == 404
