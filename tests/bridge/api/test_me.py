from __future__ import annotations

import io
from base64 import b64encode

import pytest
from PIL import Image

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


async def test_a_guests_new_name_is_marked_as_a_guests(house: House) -> None:
    reply = await house.ask("PATCH", "/me/profile", GINA, {"display_name": "Gina Lollo"})
    assert (reply.status, reply.body) == (200, {"display_name": "Gina Lollo (guest)", "avatar": None})
    assert (await house.ask("GET", "/me", GINA)).body["profile"]["display_name"] == "Gina Lollo (guest)"


async def test_an_employees_name_is_as_they_wrote_it(house: House) -> None:
    reply = await house.ask("PATCH", "/me/profile", ADA, {"display_name": "Ada  Lovelace "})
    assert reply.body["display_name"] == "Ada Lovelace"


@pytest.mark.parametrize("name", ["Ada", "АDА", "ada (guest)", "Support", "iStackBuddy.forms.diagnostics"])
async def test_a_guest_is_not_called_like_somebody_who_works_here(house: House, name: str) -> None:
    reply = await house.ask("PATCH", "/me/profile", GINA, {"display_name": name})
    assert (reply.status, reply.errcode) == (403, "CHAPERONE_NOT_YOUR_NAME")
    assert (await house.ask("GET", "/me", GINA)).body["profile"]["display_name"] == "Gina"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"display_name": ""},
        {"display_name": " "},
        {"display_name": "two\nlines"},
        {"display_name": "x" * 69},
        {"display_name": 7},
        {"display_name": "Gina", "role": "admin"},
    ],
)
async def test_a_profile_that_does_not_fit_is_not_taken(house: House, body: dict[str, object]) -> None:
    for who in (GINA, ADA):
        assert (await house.ask("PATCH", "/me/profile", who, body)).errcode == "M_BAD_JSON"


def picture() -> str:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), "teal").save(out, "PNG")
    return b64encode(out.getvalue()).decode()


async def test_a_picture_is_shown_until_it_is_taken_away(house: House) -> None:
    reply = await house.ask("PATCH", "/me/profile", GINA, {"avatar": picture()})
    assert reply.status == 200
    assert reply.body["avatar"].startswith("mxc://")
    assert reply.body["display_name"]
    assert (await house.ask("GET", "/me", GINA)).body["profile"]["avatar"] == reply.body["avatar"]
    assert (await house.ask("PATCH", "/me/profile", GINA, {"avatar": None})).body["avatar"] is None


@pytest.mark.parametrize("avatar", ["", "AAAA", "A", "PHN2Zy8+", 7, "not base64!"])
async def test_what_is_no_picture_is_refused(house: House, avatar: object) -> None:
    assert (await house.ask("PATCH", "/me/profile", GINA, {"avatar": avatar})).errcode == "M_BAD_JSON"


async def test_a_picture_waits_for_the_homeserver(house: House) -> None:
    house.homeserver.is_away = True
    reply = await house.ask("PATCH", "/me/profile", GINA, {"avatar": picture(), "display_name": "Gina L."})
    assert reply.errcode == "CHAPERONE_HOMESERVER_AWAY"
    assert (await house.ask("GET", "/me", GINA)).body["profile"]["display_name"] != "Gina L. (guest)"


async def test_nothing_is_no_change(house: House) -> None:
    for body in ({}, {"display_name": None}):
        assert (await house.ask("PATCH", "/me/profile", GINA, body)).errcode == "M_BAD_JSON"
