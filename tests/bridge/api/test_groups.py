"""Group issues over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bridge.api.house import GINA, HUGO, House
from tests.builders.people import ADA

OPEN = {"subject": "We lose answers", "message": "All of us do."}


async def open_group(house: House, **more: Any) -> str:
    reply = await house.ask("POST", "/issues", GINA, {**OPEN, "group": True, **more})
    assert (reply.status, reply.body["group"]) == (201, True)
    return str(reply.body["id"])


async def test_staff_bring_another_guest_in_by_login_or_user_id(house: House) -> None:
    for guest in ("guest-hugo", HUGO.user_id):
        issue = await open_group(house)
        reply = await house.ask("POST", f"/issues/{issue}/guests", ADA, {"guest": guest})
        assert reply.status == 200
        assert reply.body["guests"] == [GINA.user_id, HUGO.user_id]


async def test_a_guest_of_another_server_is_named_by_their_user_id(house: House) -> None:
    issue = await open_group(house)
    reply = await house.ask("POST", f"/issues/{issue}/guests", ADA, {"guest": "@bob:other.example:8448"})
    assert reply.body["guests"] == [GINA.user_id, "@bob:other.example:8448"]


async def test_who_was_brought_in_finds_the_issue_among_their_own_and_others_do_not(house: House) -> None:
    issue = await open_group(house)
    assert (await house.ask("GET", f"/issues/{issue}", HUGO)).status == 404
    await house.ask("POST", f"/issues/{issue}/guests", ADA, {"guest": "guest-hugo"})
    view = (await house.ask("GET", f"/issues/{issue}", HUGO)).body
    assert (view["id"], view["group"], "guests" in view) == (issue, True, False)
    assert [found["id"] for found in (await house.ask("GET", "/issues", HUGO)).body["issues"]] == [issue]


async def test_an_issue_of_one_guest_stays_one(house: House) -> None:
    issue = await house.open_issue()
    reply = await house.ask("POST", f"/issues/{issue}/guests", ADA, {"guest": "guest-hugo"})
    assert (reply.status, reply.errcode) == (403, "CHAPERONE_ONE_GUEST_HERE")
    assert (await house.ask("GET", f"/issues/{issue}", ADA)).body["guests"] == [GINA.user_id]


@pytest.mark.parametrize("guest", ["guest-nobody", "ada"])
async def test_nobody_who_is_no_guest_is_brought(house: House, guest: str) -> None:
    issue = await open_group(house)
    reply = await house.ask("POST", f"/issues/{issue}/guests", ADA, {"guest": guest})
    assert reply.status == (404 if guest == "guest-nobody" else 403)


async def test_a_guest_brings_nobody_and_knows_of_no_such_thing(house: House) -> None:
    issue = await open_group(house)
    assert (await house.ask("POST", f"/issues/{issue}/guests", GINA, {"guest": "guest-hugo"})).status == 404
