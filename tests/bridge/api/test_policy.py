from __future__ import annotations

from typing import Any

import pytest

from bridge.desk.rooms import queue_alias
from bridge.ports import RoomPlan
from policies.names import RoomId, Tier
from policies.rooms import RoomKind
from tests.bridge.api.door import Reply
from tests.bridge.api.house import GINA, House
from tests.builders.people import ADA, ALEX, BOT, SAM, SERVER


async def explain(house: House, action: str, **asked: Any) -> Reply:
    return await house.ask("POST", "/policy/explain", SAM, {"actor": "ada", "action": action, **asked})


async def make_room(house: House, kind: RoomKind) -> RoomId:
    house.homeserver.bot, house.homeserver.server_name = BOT, SERVER
    alias = queue_alias(Tier.T1, house.homeserver.server_name)
    return await house.homeserver.ensure_room(RoomPlan(alias, kind, "a room", "", {}, "shared"))


async def test_a_refusal_is_explained_by_its_rule_and_by_what_would_turn_it(house: House) -> None:
    body = (await explain(house, "break_in")).body
    assert (body["allowed"], body["rule"], body["code"]) == (False, "B1", "CHAPERONE_SUPERVISORS_ONLY")
    assert body["sentence"]
    assert {"fact": "role", "now": "employee", "otherwise": "supervisor"} in [
        fact for flip in body["flips"] for fact in flip["facts"]
    ]


async def test_what_is_allowed_is_explained_by_what_would_forbid_it(house: House) -> None:
    body = (await explain(house, "create_room")).body
    assert (body["allowed"], body["rule"], body["facts"]) == (True, None, {})
    assert {"G1", "S2"} <= {flip["rule"] for flip in body["flips"]}


async def test_a_room_is_read_as_it_is(house: House) -> None:
    room = await make_room(house, RoomKind.QUEUE)
    body = (await explain(house, "invite", room=room, target=GINA.user_id)).body
    assert (body["rule"], body["facts"]["role"]) == ("S2", "guest")


async def test_an_issue_is_found_by_its_number(house: House) -> None:
    issue = await house.open_issue()
    assert (await explain(house, "claim", issue=issue)).body["allowed"] is True
    body = (await explain(house, "conclude", issue=issue, actor="guest-gina")).body
    assert body["allowed"] is False


@pytest.mark.parametrize(
    "asked",
    [
        {"action": "leave"},
        {"action": "invite", "room": "!somewhere"},
        {"action": "claim"},
        {"action": "fly"},
        {"action": "break_in", "extra": 1},
    ],
)
async def test_what_a_question_lacks_is_said(house: House, asked: dict[str, Any]) -> None:
    reply = await house.ask("POST", "/policy/explain", ALEX, {"actor": "ada", **asked})
    assert (reply.status, reply.errcode) == (400, "M_BAD_JSON")


async def test_what_is_not_there_is_unknown(house: House) -> None:
    assert (await explain(house, "leave", room="!nowhere")).status == 404
    assert (await explain(house, "claim", issue="77")).status == 404


async def test_employees_do_not_ask_and_guests_know_of_nothing(house: House) -> None:
    body = {"actor": "ada", "action": "break_in"}
    assert (await house.ask("POST", "/policy/explain", ADA, body)).status == 403
    assert (await house.ask("POST", "/policy/explain", GINA, body)).status == 404
