from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests.bridge.api.house import GINA, House
from tests.builders.assertions import SHOP
from tests.builders.people import ADA


async def invite(house: House, **body: object) -> str:
    reply = await house.ask("POST", "/invitations", ADA, body)
    assert reply.status == 201
    assert reply.body.keys() == {"link", "expires_at"}
    return str(reply.body["link"]).partition("#invitation=")[2]


async def test_a_guest_comes_in_by_an_invitation_once_and_opens_an_issue(house: House) -> None:
    secret = await invite(house, name="Gina")
    reply = await house.ask("POST", "/auth/guest", body={"invitation": secret})
    assert reply.status == 200
    assert (reply.body["principal"]["role"], reply.body["principal"]["tier"]) == ("guest", None)
    body = {"subject": "Export fails", "message": "Hello?"}
    assert (await house.door.ask("POST", "/issues", reply.body["token"], body)).status == 201
    me = await house.door.ask("GET", "/me", reply.body["token"])
    assert me.body["profile"]["display_name"] == "Gina (guest)"
    again = await house.ask("POST", "/auth/guest", body={"invitation": secret})
    assert (again.status, again.errcode) == (403, "CHAPERONE_INVITATION_USED")


async def test_an_invitation_is_used_up_by_no_other_method(house: House) -> None:
    secret = await invite(house)
    for method in ("GET", "HEAD", "PUT", "OPTIONS"):
        assert (await house.ask(method, "/auth/guest", data=b"{}")).status == 405
    assert (await house.ask("POST", "/auth/guest", body={"invitation": secret})).status == 200


async def test_what_is_wrong_with_an_invitation_is_said_by_code(house: House) -> None:
    secret = await invite(house)
    house.clock.advance(timedelta(days=3))
    late = await house.ask("POST", "/auth/guest", body={"invitation": secret})
    unknown = await house.ask("POST", "/auth/guest", body={"invitation": "rubbish"})
    assert (late.errcode, unknown.errcode) == ("CHAPERONE_INVITATION_EXPIRED", "CHAPERONE_INVITATION_UNKNOWN")


async def open_group(house: House) -> str:
    reply = await house.ask("POST", "/issues", GINA, {"subject": "All of us", "message": "Hello?", "group": True})
    return str(reply.body["id"])


async def test_who_comes_by_an_invitation_into_a_group_is_one_of_its_guests(house: House) -> None:
    issue_id = await open_group(house)
    secret = await invite(house, name="Hugo", issue_id=issue_id)
    reply = await house.ask("POST", "/auth/guest", body={"invitation": secret})
    assert reply.status == 200
    mine = (await house.door.ask("GET", "/issues", reply.body["token"])).body["issues"]
    assert [issue["id"] for issue in mine] == [issue_id]
    shown = (await house.ask("GET", f"/issues/{issue_id}", ADA)).body
    assert shown["guests"] == [GINA.user_id, reply.body["principal"]["user_id"]]
    assert (await house.ask("POST", "/auth/guest", body={"invitation": secret})).errcode == "CHAPERONE_INVITATION_USED"


async def test_an_issue_of_one_guest_has_no_invitations(house: House) -> None:
    issue_id = await house.open_issue()
    refused = await house.ask("POST", "/invitations", ADA, {"issue_id": issue_id})
    assert refused.errcode == "CHAPERONE_ONE_GUEST_HERE"
    assert (await house.ask("POST", "/invitations", ADA, {"issue_id": "999"})).status == 404


async def test_an_invitation_to_what_has_ended_lets_nobody_in_and_is_not_used_up(house: House) -> None:
    issue_id = await open_group(house)
    secret = await invite(house, issue_id=issue_id)
    await house.ask("POST", f"/issues/{issue_id}/conclude", ADA, {"conclusion": "resolved"})
    refused = await house.ask("POST", "/auth/guest", body={"invitation": secret})
    assert (refused.status, refused.errcode) == (403, "CHAPERONE_INVITATION_EXPIRED")
    assert (await house.ask("POST", "/invitations", ADA, {"issue_id": issue_id})).errcode == "CHAPERONE_ISSUE_CONCLUDED"
    await house.ask("POST", f"/issues/{issue_id}/reopen", ADA, {})
    assert (await house.ask("POST", "/auth/guest", body={"invitation": secret})).status == 200


async def test_who_works_here_no_more_has_invited_nobody(house: House) -> None:
    issue_id = await open_group(house)
    secret = await invite(house, issue_id=issue_id)
    await house.suspend(ADA)
    refused = await house.ask("POST", "/auth/guest", body={"invitation": secret})
    assert refused.errcode == "CHAPERONE_INVITATION_EXPIRED"


async def test_a_guest_invites_nobody(house: House) -> None:
    assert (await house.ask("POST", "/invitations", GINA, {})).status == 404


@pytest.mark.parametrize(
    "body", [{}, {"invitation": ""}, {"invitation": "a", "assertion": "b"}, {"invitation": None}, [], {"assertion": 1}]
)
async def test_a_guest_brings_exactly_one_of_the_two(house: House, body: object) -> None:
    assert (await house.ask("POST", "/auth/guest", body=body)).errcode == "M_BAD_JSON"


async def test_a_visitor_of_a_web_site_comes_in_from_its_pages_only(house: House) -> None:
    assertion = SHOP.sign()
    for headers in ({}, {"Origin": "https://evil.example"}):
        reply = await house.ask("POST", "/auth/guest", body={"assertion": assertion}, headers=headers)
        assert (reply.status, reply.errcode) == (403, "CHAPERONE_ASSERTION_ORIGIN")
        assert "Access-Control-Allow-Origin" not in reply.headers
    reply = await house.ask("POST", "/auth/guest", body={"assertion": assertion}, headers={"Origin": SHOP.origin})
    assert reply.status == 200
    assert reply.headers["Access-Control-Allow-Origin"] == SHOP.origin
    again = await house.ask("POST", "/auth/guest", body={"assertion": assertion}, headers={"Origin": SHOP.origin})
    assert again.errcode == "CHAPERONE_ASSERTION_USED"
    assert again.headers["Access-Control-Allow-Origin"] == SHOP.origin


async def test_neither_secret_nor_assertion_is_logged(house: House) -> None:
    with capture_logs() as logs:
        secret, assertion = await invite(house), SHOP.sign()
        await house.ask("POST", "/auth/guest", body={"invitation": secret})
        await house.ask("POST", "/auth/guest", body={"assertion": assertion}, headers={"Origin": SHOP.origin})
    assert logs
    assert secret not in str(logs)
    assert assertion not in str(logs)
