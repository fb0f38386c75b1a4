from __future__ import annotations

from tests.bridge.api.house import GINA, House
from tests.builders.people import ADA


async def test_who_is_logged_in_sees_who_they_are_and_apart_from_it_what_they_show(house: House) -> None:
    reply = await house.ask("GET", "/me", ADA)
    assert reply.status == 200
    assert reply.body == {
        "id": "p-ada",
        "login": "ada",
        "role": "employee",
        "tier": "T1",
        "status": "allowed",
        "user_id": ADA.user_id,
        "profile": {"display_name": "Ada", "avatar": None},
    }


async def test_a_guest_sees_who_they_are(house: House) -> None:
    reply = await house.ask("GET", "/me", GINA)
    assert (reply.body["role"], reply.body["tier"], reply.body["user_id"]) == ("guest", None, GINA.user_id)
