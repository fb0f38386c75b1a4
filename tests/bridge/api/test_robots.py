from __future__ import annotations

from tests.bridge.api.house import House
from tests.builders.people import ADA, DIAGNOSTICS, LUNA


async def test_staff_see_which_robots_there_are_and_whom_they_serve(house: House) -> None:
    reply = await house.ask("GET", "/robots", ADA)
    assert reply.status == 200
    assert reply.body == {
        "robots": [
            {
                "user_id": LUNA.user_id,
                "display_name": "Companion.luna",
                "audience": "lounge",
                "status": "allowed",
            },
            {
                "user_id": DIAGNOSTICS.user_id,
                "display_name": "Istackbuddy.forms.diagnostics",
                "audience": "staff",
                "status": "allowed",
            },
        ]
    }


async def test_a_suspended_robot_is_listed_as_what_it_is(house: House) -> None:
    await house.suspend(LUNA)
    robots = (await house.ask("GET", "/robots", ADA)).body["robots"]
    assert [robot["status"] for robot in robots] == ["suspended", "allowed"]
