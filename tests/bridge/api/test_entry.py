"""The way of a request through its declaration, on routes made up for it."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bridge.api.answers import Answer, Done
from bridge.api.authority import Who
from bridge.api.bodies import MAX_BODY, Body, NoBody, Query
from bridge.api.mount import ROUTES
from bridge.api.routes import Call, Route
from bridge.errors import HomeserverAway, MatrixBusy
from policies.names import Code, Rule
from policies.outcomes import Refuse
from tests.bridge.api.house import GINA, House
from tests.builders.anything import json_objects, json_values
from tests.builders.people import ADA, ALEX, SAM

MESSAGES = "/rooms/lobby:1/messages"
"""A route with a body that every guest may use; there need be no such room."""


# --- who are you --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "token"])
async def test_without_a_token_nobody_is_let_in(house: House, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    reply = await house.door.ask("GET", "/me", headers=headers)
    assert (reply.status, reply.errcode) == (401, "M_MISSING_TOKEN")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_of_somebody_else_is_refused(house: House) -> None:
    reply = await house.door.ask("GET", "/me", "e30.e30.e30")
    assert (reply.status, reply.errcode, reply.body["soft_logout"]) == (401, "M_UNKNOWN_TOKEN", False)
    assert reply.headers["WWW-Authenticate"] == "Bearer"


async def test_the_scheme_is_read_in_whatever_case(house: House) -> None:
    token = await house.token_of(ADA)
    assert (await house.door.ask("GET", "/me", headers={"Authorization": f"bearer {token}"})).status == 200


async def test_a_token_in_the_url_lets_nobody_in(house: House) -> None:
    token = await house.token_of(ADA)
    assert (await house.door.ask("GET", f"/me?access_token={token}")).status == 401


# --- what do you ask ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [b"{", b"rubbish", b"\xff\xfe", b'{"txn_id": NaN', b"[" * 100_000, b'{"body": "\xed\xa0\x80"}', b"\x00"]
)
async def test_what_is_not_json_is_said_to_be_none(house: House, data: bytes) -> None:
    reply = await house.ask("POST", MESSAGES, GINA, data=data)
    assert (reply.status, reply.errcode) == (400, "M_NOT_JSON")


@pytest.mark.parametrize("body", [[], "text", 7, None, True, {"txn_id": "t"}, {"txn_id": "t", "body": "x", "more": 1}])
async def test_json_of_another_shape_is_told_where_it_is_wrong(house: House, body: Any) -> None:
    data = b"null" if body is None else None
    reply = await house.ask("POST", MESSAGES, GINA, body, data=data)
    assert (reply.status, reply.errcode) == (400, "M_BAD_JSON")
    assert all(set(fault) == {"where", "fault"} for fault in reply.body["faults"])


async def test_a_fault_names_the_place_and_never_the_value(house: House) -> None:
    reply = await house.ask("POST", "/auth/login", body={"login": "ada", "password": ["my secret"]})
    assert reply.body["faults"] == [{"where": "password", "fault": "Input should be a valid string"}]
    assert "my secret" not in str(reply.body)


async def test_no_body_is_an_empty_object(house: House) -> None:
    reply = await house.ask("POST", "/auth/refresh", data=b"")
    assert reply.body["faults"] == [{"where": "refresh_token", "fault": "Field required"}]


async def test_a_body_over_the_limit_is_too_large(house: House) -> None:
    reply = await house.ask("POST", MESSAGES, GINA, data=b" " * (MAX_BODY + 1))
    assert (reply.status, reply.errcode, reply.body["limit"]) == (413, "CHAPERONE_TOO_LARGE", MAX_BODY)


async def test_a_body_that_does_not_say_its_length_is_measured_while_it_comes(house: House) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY // 1024 + 1):
            yield b" " * 1024

    token = await house.token_of(GINA)
    headers = {"Authorization": f"Bearer {token}"}
    async with house.door.client.post(f"/api/v1{MESSAGES}", data=pieces(), headers=headers) as response:
        assert response.status == 413


async def test_a_body_of_the_greatest_length_is_read(house: House) -> None:
    assert (await house.ask("POST", MESSAGES, GINA, data=b"{}" + b" " * (MAX_BODY - 2))).errcode == "M_BAD_JSON"


@pytest.mark.parametrize(("encoding", "data"), [("gzip", b"rubbish"), ("deflate", b"\x00rubbish")])
async def test_a_body_that_is_packed_badly_is_a_broken_request(house: House, encoding: str, data: bytes) -> None:
    reply = await house.ask("POST", MESSAGES, GINA, data=data, headers={"Content-Encoding": encoding})
    assert (reply.status, reply.errcode) == (400, "CHAPERONE_BAD_REQUEST")


async def test_a_small_body_that_unpacks_into_a_large_one_is_too_large(house: House) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    reply = await house.ask("POST", MESSAGES, GINA, data=bomb, headers={"Content-Encoding": "gzip"})
    assert (reply.status, reply.errcode) == (413, "CHAPERONE_TOO_LARGE")


@pytest.mark.parametrize("query", ["colour=red", "limit=0", "limit=x", "since=-1", "limit=1&limit=2", "limit="])
async def test_a_query_that_does_not_fit_is_told_where(house: House, query: str) -> None:
    reply = await house.ask("GET", f"/rooms/lobby:1/messages?{query}", GINA)
    assert (reply.status, reply.errcode) == (400, "M_INVALID_PARAM")
    assert reply.body["faults"][0]["where"] == query.partition("=")[0]


async def test_what_takes_a_body_takes_no_query(house: House) -> None:
    reply = await house.ask("POST", "/auth/logout?now=1", GINA)
    assert (reply.status, reply.errcode) == (400, "M_INVALID_PARAM")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(route=st.sampled_from([r for r in ROUTES if r.takes.model_fields and r.has_body]), data=st.data())
async def test_no_json_makes_the_api_fail(house: House, route: Any, data: st.DataObject) -> None:
    body = data.draw(json_objects(route.takes.model_fields, ["ben", "resolved", "🦉", "$event1"]) | json_values)
    who = GINA if route.who is Who.GUEST else ADA
    path = route.path.format(issue_id="1", room_id="lobby:1", principal_id="p-ada")
    reply = await house.ask(route.method, f"/{path}", who, data=_dumped(body))
    assert 400 <= reply.status < 500 or reply.status in (200, 201)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(route=st.sampled_from([r for r in ROUTES if r.takes.model_fields and r.has_body]), body=st.binary(max_size=64))
async def test_no_bytes_make_the_api_fail(house: House, route: Any, body: bytes) -> None:
    path = route.path.format(issue_id="1", room_id="lobby:1", principal_id="p-ada")
    assert (await house.ask(route.method, f"/{path}", ADA, data=body)).status < 500


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=20), value=st.text(max_size=20))
async def test_no_query_makes_the_api_fail(house: House, name: str, value: str) -> None:
    token = await house.token_of(ADA)
    headers = {"Authorization": f"Bearer {token}"}
    async with house.door.client.get("/api/v1/issues", params={_text(name): _text(value)}, headers=headers) as response:
        assert response.status in (200, 400)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.text(min_size=1, max_size=20))
async def test_no_path_makes_the_api_fail(house: House, part: str) -> None:
    for path in ("/issues/{}", "/rooms/{}/messages", "/rooms/lobby:{}/messages", "/rooms/!{}/messages", "/{}"):
        quoted = quote(part, safe="", errors="replace")
        token = await house.token_of(ADA)
        async with house.door.client.get(
            "/api/v1" + path.format(quoted), headers={"Authorization": f"Bearer {token}"}
        ) as response:
            assert response.status < 500


def _dumped(body: Any) -> bytes:
    return json.dumps(body).encode()


def _text(text: str) -> str:
    return text.encode(errors="replace").decode()


# --- may you, and what do you get ---------------------------------------------------------------------------------


@dataclass
class Made:
    """A server with one made-up route."""

    client: TestClient[web.Request, web.Application]
    house: House

    async def ask(self, who: Any = None) -> tuple[int, Any]:
        headers = {} if who is None else {"Authorization": f"Bearer {await self.house.token_of(who)}"}
        async with self.client.post("/made", headers=headers) as response:
            return response.status, await response.json()


Make = Callable[..., Awaitable[Made]]


@pytest.fixture
async def make(house: House) -> AsyncIterator[Make]:
    made: list[Made] = []

    async def build(handle: Any, who: Who = Who.SIGNED_IN, **more: Any) -> Made:
        route: Route[NoBody] = Route(
            method="POST",
            path="/made",
            who=who,
            summary="Made up",
            handle=handle,
            takes=NoBody,
            **{"gives": Done, **more},
        )
        app = house.build_app([route])
        client = TestClient(TestServer(app))
        await client.start_server()
        made.append(Made(client, house))
        return made[-1]

    yield build
    for one in made:
        await one.client.close()


async def done(call: Call[NoBody]) -> Done:
    return Done()


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        (Who.ANYONE, (200, 200, 200, 200, 200)),
        (Who.SIGNED_IN, (401, 200, 200, 200, 200)),
        (Who.GUEST, (401, 200, 403, 403, 403)),
        (Who.STAFF, (401, 404, 200, 200, 200)),
        (Who.SUPERVISOR, (401, 404, 403, 200, 200)),
        (Who.ADMIN, (401, 404, 403, 403, 200)),
    ],
)
async def test_a_route_lets_in_whom_it_is_declared_for(make: Make, who: Who, statuses: tuple[int, ...]) -> None:
    made = await make(done, who)
    assert tuple([(await made.ask(person))[0] for person in (None, GINA, ADA, SAM, ALEX)]) == statuses


async def test_a_refusal_is_answered_with_its_code_and_facts(make: Make) -> None:
    async def refuse(call: Call[NoBody]) -> Refuse:
        return Refuse(Rule.L1, Code.ALREADY_CLAIMED, "Ben has it.", {"assignee": "@ben:localhost"})

    status, body = await (await make(refuse)).ask(ADA)
    assert status == 409
    assert body == {
        "errcode": "CHAPERONE_ALREADY_CLAIMED",
        "error": "Ben has it.",
        "rule": "L1",
        "facts": {"assignee": "@ben:localhost"},
    }


class StaffAnswer(Answer):
    secret: str = "the staff room"


async def test_an_answer_that_is_not_the_one_declared_for_guests_never_leaves(make: Make) -> None:
    async def mistake(call: Call[NoBody]) -> StaffAnswer:
        return StaffAnswer()

    made = await make(mistake, gives=StaffAnswer, guests_get=Done)
    assert (await made.ask(ADA))[1] == {"secret": "the staff room"}
    with capture_logs():
        status, body = await made.ask(GINA)
    assert (status, body["errcode"]) == (500, "M_UNKNOWN")
    assert "secret" not in str(body)


async def test_what_nobody_expected_is_logged_and_not_told(make: Make) -> None:
    async def fail(call: Call[NoBody]) -> Done:
        raise ValueError("the database's password is hunter2")

    made = await make(fail)
    with capture_logs() as logs:
        status, body = await made.ask(ADA)
    assert status == 500
    assert body.keys() == {"errcode", "error"}
    assert "hunter2" not in str(body)
    [trace] = [entry for entry in logs if entry["event"] == "api.failed"]
    assert isinstance(trace["exc_info"], ValueError)


async def test_a_homeserver_that_is_away_is_no_fault_of_ours(make: Make) -> None:
    async def fail(call: Call[NoBody]) -> Done:
        raise HomeserverAway

    status, body = await (await make(fail)).ask(ADA)
    assert (status, body["errcode"]) == (503, "CHAPERONE_HOMESERVER_AWAY")


async def test_a_homeserver_that_asks_for_patience_has_its_wish_passed_on(make: Make) -> None:
    async def fail(call: Call[NoBody]) -> Done:
        raise MatrixBusy(429, "M_LIMIT_EXCEEDED", "Too fast.", 2.5)

    status, body = await (await make(fail)).ask(ADA)
    assert (status, body["retry_after_ms"]) == (429, 2500)


# --- where are you ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["//nothing", "//api/v1", "//api/v1/me/x", "//api/v1/invitation", "//api/v2/issues"])
async def test_a_path_that_leads_nowhere_says_so_to_everybody(house: House, path: str) -> None:
    for who in (None, GINA, ADA, ALEX):
        reply = await house.ask("GET", path, who)
        assert (reply.status, reply.errcode) == (404, "CHAPERONE_UNKNOWN_ROUTE")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/issues", "GET, HEAD, POST"),
        ("GET", "/auth/login", "POST"),
        ("DELETE", "/me", "GET, HEAD"),
        ("OPTIONS", "/me", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(house: House, method: str, path: str, allow: str) -> None:
    reply = await house.ask(method, path, GINA)
    assert (reply.status, reply.errcode, reply.headers["Allow"]) == (405, "M_UNRECOGNIZED", allow)


async def test_staff_and_readers_of_the_documents_are_told_the_methods_of_staff_routes(house: House) -> None:
    for who in (ADA, None):
        reply = await house.ask("GET", "/issues/1/claim", who)
        assert (reply.status, reply.headers["Allow"]) == (405, "POST")


async def test_head_is_answered_like_get_without_a_body(house: House) -> None:
    reply = await house.ask("HEAD", "/me", ADA)
    assert (reply.status, reply.body) == (200, "")
    assert int(reply.headers["Content-Length"]) > 0


async def test_an_answer_is_kept_by_no_cache(house: House) -> None:
    for path in ("/me", "/nothing"):
        reply = await house.ask("GET", path, ADA)
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_models_of_queries_belong_to_get_and_models_of_bodies_to_the_rest() -> None:
    for route in ROUTES:
        assert issubclass(route.takes, Body if route.has_body else Query)
