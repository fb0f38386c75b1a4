"""Rule by rule what a guest must not learn over HTTP, each held against a path that leads nowhere."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bridge.api.authority import may_know
from bridge.api.mount import ROUTES
from bridge.api.routes import AnyRoute
from policies.issue import Conclusion, Status
from policies.names import Role, Tier
from tests.bridge.api.door import Reply
from tests.bridge.api.house import GINA, GUEST_ROOM, HUGO, STAFF_ROOM, House
from tests.builders.people import ADA, DIAGNOSTICS

OF_STAFF = [route for route in ROUTES if not may_know(route.who, Role.GUEST)]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
BODIES = [b"", b"{}", b"rubbish", b"x" * 300_000]


def name_of(route: AnyRoute) -> str:
    return f"{route.method} {route.path}"


def seen(reply: Reply) -> tuple[int, object, dict[str, str]]:
    """All that a guest can see of an answer, but for what is new in each."""
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return reply.status, reply.body, {k: v for k, v in headers.items() if k not in ("x-request-id", "date")}


def test_the_routes_of_staff_are_those_that_the_contract_gives_to_staff() -> None:
    assert {route.path.removeprefix("/api/v1") for route in OF_STAFF} == {
        "/chats",
        "/issues/{issue_id}/ask",
        "/issues/{issue_id}/audit",
        "/issues/{issue_id}/claim",
        "/issues/{issue_id}/guests",
        "/issues/{issue_id}/handover",
        "/issues/{issue_id}/conclude",
        "/issues/{issue_id}/escalate",
        "/issues/{issue_id}/deescalate",
        "/issues/{issue_id}/unshare",
        "/issues/{issue_id}/robots",
        "/issues/{issue_id}/share",
        "/issues/{issue_id}/timeline",
        "/issues/{issue_id}/whisper",
        "/me/duty",
        "/policy/explain",
        "/robots",
        "/rooms",
        "/rooms/{room_id}",
        "/rooms/{room_id}/break-in",
        "/rooms/{room_id}/participants",
        "/stats",
        "/users",
        "/users/{principal_id}",
        "/users/{principal_id}/duty",
        "/invitations",
    }


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", OF_STAFF, ids=name_of)
async def test_to_a_guest_a_route_of_staff_is_a_path_that_leads_nowhere(
    house: House, route: AnyRoute, method: str
) -> None:
    issue_id = await house.open_issue()
    path = re.sub(r"{\w+}", issue_id, route.path)
    for body in BODIES if method not in ("GET", "HEAD") else [b""]:
        unknown = await house.ask(method, "//api/v1/nothing/here", GINA, data=body)
        assert unknown.status == 404
        assert seen(await house.ask(method, f"/{path}", GINA, data=body)) == seen(unknown)


@pytest.mark.parametrize("token", ["rubbish", "e30.e30.e30", ""])
@pytest.mark.parametrize("route", OF_STAFF, ids=name_of)
async def test_a_bad_token_learns_no_more_than_a_good_one(house: House, route: AnyRoute, token: str) -> None:
    path = re.sub(r"{\w+}", "1", route.path)
    there = await house.door.ask(route.method, f"/{path}", token)
    nowhere = await house.door.ask(route.method, "//api/v1/nothing/here", token)
    assert there.status == 401
    assert token == "" or seen(there) == seen(nowhere)


async def test_another_guests_issue_is_answered_like_one_that_does_not_exist(house: House) -> None:
    hers = await house.open_issue(GINA)
    assert (await house.ask("GET", f"/issues/{hers}", HUGO)).status == 404
    other = await house.ask("GET", f"/issues/{hers}", HUGO)
    missing = await house.ask("GET", "/issues/999", HUGO)
    assert other.body["error"].replace(hers, "999") == missing.body["error"]
    assert other.body.keys() == missing.body.keys()


async def test_a_guest_lists_only_their_own_issues_whatever_they_filter_by(house: House) -> None:
    hers = await house.open_issue(GINA, "Export fails")
    await house.open_issue(HUGO, "Export fails")
    for query in ("", "?status=queued", "?q=Export", "?limit=1"):
        reply = await house.ask("GET", f"/issues{query}", GINA)
        assert [issue["id"] for issue in reply.body["issues"]] == [hers]


@pytest.mark.parametrize("parameter", ["tier=T1", "assignee=@ada:localhost", "staff_room=!x"])
async def test_to_a_guest_a_filter_of_staff_is_an_unknown_parameter(house: House, parameter: str) -> None:
    name = parameter.partition("=")[0]
    unknown = await house.ask("GET", "/issues?colour=red", GINA)
    reply = await house.ask("GET", f"/issues?{parameter}", GINA)
    assert reply.status == unknown.status == 400
    assert reply.body["faults"] == [{**unknown.body["faults"][0], "where": name}]


@pytest.mark.parametrize("status", list(Status))
async def test_a_guests_view_of_an_issue_has_exactly_what_guests_may_see(house: House, status: Status) -> None:
    issue_id = await house.open_issue()
    record = await house.claim(issue_id, ADA)
    conclusion = Conclusion.RESOLVED if status is Status.CONCLUDED else None
    async with house.store.write() as tx:
        await tx.issues.save(
            replace(
                record.issue,
                status=status,
                conclusion=conclusion,
                tier=Tier.T2,
                guest_room=GUEST_ROOM,
                staff_room=STAFF_ROOM,
            )
        )
    view = (await house.ask("GET", f"/issues/{issue_id}", GINA)).body
    assert view.keys() == {
        "id",
        "subject",
        "status",
        "waiting_on",
        "conclusion",
        "epoch",
        "queue_position",
        "guest_room",
        "opened_at",
        "group",
        "nobody_on_duty",
        "contact_left",
        "continues_in",
        "continues",
        "rating",
    }
    assert view["guest_room"] == GUEST_ROOM
    listed = (await house.ask("GET", "/issues", GINA)).body
    for secret in (STAFF_ROOM, ADA.user_id, DIAGNOSTICS.user_id, "T2", "robot", "staff"):
        assert secret not in str(listed | view).replace("waiting_on': 'staff", "")


async def test_a_staff_room_is_to_its_guest_a_room_that_does_not_exist(house: House) -> None:
    await house.claim(await house.open_issue(), ADA)
    for method, body in (("GET", None), ("POST", {"txn_id": "t", "body": "Hello"})):
        there = await house.ask(method, f"/rooms/{STAFF_ROOM}/messages", GINA, body)
        nowhere = await house.ask(method, "/rooms/!nowhere/messages", GINA, body)
        assert there.status == nowhere.status == 404
        assert there.body["error"].replace(STAFF_ROOM, "!nowhere") == nowhere.body["error"]
        assert there.body.keys() == nowhere.body.keys()


async def test_another_guests_lobby_is_a_room_that_does_not_exist(house: House) -> None:
    hers = await house.open_issue(GINA)
    for method, body in (("GET", None), ("POST", {"txn_id": "t", "body": "Hello"})):
        reply = await house.ask(method, f"/rooms/lobby:{hers}/messages", HUGO, body)
        assert (reply.status, reply.errcode) == (404, "M_NOT_FOUND")


async def test_a_robot_with_a_token_is_as_blind_as_a_guest(house: House) -> None:
    unknown = await house.ask("GET", "//api/v1/nothing", DIAGNOSTICS)
    assert seen(await house.ask("GET", "/robots", DIAGNOSTICS)) == seen(unknown)
