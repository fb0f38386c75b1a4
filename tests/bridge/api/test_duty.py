from __future__ import annotations

from typing import Any

import pytest

from policies.people import Person
from tests.bridge.api.house import GINA, House
from tests.builders.people import ADA, ALEX, BEN, SAM

DAYTIME: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "shifts": [
        {"weekday": "monday", "begins": "09:00", "ends": "17:00"},
        {"weekday": "tuesday", "begins": "22:00", "ends": "06:00"},
    ],
}


def path(house: House, who: Person) -> str:
    return f"/users/{house.principals[who.user_id].id}/duty"


class TestOnesOwn:
    async def test_one_is_on_duty_until_one_says_otherwise(self, house: House) -> None:
        before = await house.ask("GET", "/me/duty", ADA)
        assert before.body == {
            "user_id": ADA.user_id,
            "on_duty": True,
            "schedule": None,
            "next_switch": None,
            "open_issues": 0,
            "capacity": None,
        }
        after = await house.ask("PATCH", "/me/duty", ADA, {"on_duty": False})
        assert (after.status, after.body["on_duty"]) == (200, False)
        assert (await house.ask("GET", "/me/duty", ADA)).body["on_duty"] is False

    async def test_an_admin_is_never_on_or_off(self, house: House) -> None:
        reply = await house.ask("PATCH", "/me/duty", ALEX, {"on_duty": False})
        assert (reply.status, reply.errcode) == (403, "CHAPERONE_NOT_PERMITTED")

    async def test_to_guests_there_is_no_such_thing(self, house: House) -> None:
        assert (await house.ask("GET", "/me/duty", GINA)).status == 404


class TestOthers:
    async def test_supervisors_switch_others(self, house: House) -> None:
        reply = await house.ask("PATCH", path(house, ADA), SAM, {"on_duty": False})
        assert reply.body["on_duty"] is False
        assert (await house.ask("GET", path(house, ADA), SAM)).body["on_duty"] is False

    async def test_nobody_else_does(self, house: House) -> None:
        assert (await house.ask("PATCH", path(house, ADA), BEN, {"on_duty": False})).status == 403

    async def test_a_schedule_is_given_shown_and_taken_away(self, house: House) -> None:
        reply = await house.ask("PATCH", path(house, ADA), SAM, {"schedule": DAYTIME})
        assert reply.status == 200
        assert reply.body["schedule"] == DAYTIME
        assert reply.body["next_switch"] is not None
        reply = await house.ask("PATCH", path(house, ADA), SAM, {"schedule": None})
        assert (reply.body["schedule"], reply.body["next_switch"]) == (None, None)

    async def test_what_is_not_named_stays(self, house: House) -> None:
        await house.ask("PATCH", path(house, ADA), SAM, {"schedule": DAYTIME})
        reply = await house.ask("PATCH", path(house, ADA), SAM, {"on_duty": True})
        assert reply.body["schedule"] == DAYTIME

    @pytest.mark.parametrize(
        "schedule",
        [
            {**DAYTIME, "zone": "Europe/Atlantis"},
            {**DAYTIME, "zone": "../../etc/passwd"},
            {**DAYTIME, "shifts": []},
            {**DAYTIME, "shifts": [DAYTIME["shifts"][0], DAYTIME["shifts"][0]]},
            {**DAYTIME, "shifts": [{"weekday": "monday", "begins": "25:00", "ends": "17:00"}]},
        ],
    )
    async def test_what_is_no_week_is_refused(self, house: House, schedule: dict[str, Any]) -> None:
        assert (await house.ask("PATCH", path(house, ADA), SAM, {"schedule": schedule})).errcode == "M_BAD_JSON"

    async def test_guests_have_none(self, house: House) -> None:
        assert (await house.ask("GET", path(house, GINA), SAM)).status == 404


class TestCapacity:
    async def test_an_admin_gives_somebody_a_number_and_takes_it_away(self, house: House) -> None:
        user = f"/users/{house.principals[ADA.user_id].id}"
        assert (await house.ask("PATCH", user, ALEX, {"capacity": 2})).body["capacity"] == 2
        assert (await house.ask("GET", "/me/duty", ADA)).body["capacity"] == 2
        assert (await house.ask("PATCH", user, ALEX, {"on_duty": True})).body["capacity"] == 2
        assert (await house.ask("PATCH", user, ALEX, {"capacity": None})).body["capacity"] is None

    async def test_one_claim_more_than_that_is_a_conflict(self, house: House) -> None:
        await house.ask("PATCH", f"/users/{house.principals[ADA.user_id].id}", ALEX, {"capacity": 0})
        reply = await house.ask("POST", f"/issues/{await house.open_issue()}/claim", ADA)
        assert (reply.status, reply.errcode) == (409, "CHAPERONE_AT_CAPACITY")
        assert reply.body["facts"] == {"open issues": "0", "capacity": "0"}
