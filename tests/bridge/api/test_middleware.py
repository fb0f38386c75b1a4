from __future__ import annotations

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bridge.api.middleware import parse_request_id
from tests.bridge.api.house import GINA, PASSWORD, House
from tests.builders.people import ADA


async def test_every_answer_carries_a_request_id(house: House) -> None:
    ids = {(await house.ask("GET", path)).headers["X-Request-Id"] for path in ("//healthz", "//nothing", "/me")}
    assert len(ids) == 3


async def test_a_proxys_request_id_is_kept(house: House) -> None:
    reply = await house.door.ask("GET", "//healthz", headers={"X-Request-Id": "proxy-0123.abc"})
    assert reply.headers["X-Request-Id"] == "proxy-0123.abc"


@pytest.mark.parametrize("given", [None, "", "short", "x" * 65, "with space", 'quote"quote', "line\nbreak"])
def test_an_id_that_is_not_fit_for_a_log_is_replaced(given: str | None) -> None:
    assert parse_request_id(given) != given


async def test_a_request_is_one_line_in_the_log(house: House) -> None:
    await house.token_of(ADA)
    with capture_logs() as logs:
        await house.ask("GET", "/issues?q=secret+words", ADA)
    [line] = [entry for entry in logs if entry["event"] == "api.request"]
    assert line.pop("ms") >= 0
    assert line == {
        "event": "api.request",
        "log_level": "info",
        "method": "GET",
        "route": "/api/v1/issues",
        "status": 200,
        "principal": "p-ada",
    }


async def test_no_body_token_password_query_or_path_is_logged(house: House) -> None:
    issue_id = await house.open_issue()
    token = await house.token_of(GINA)
    with capture_logs() as logs:
        await house.ask("POST", "/auth/login", body={"login": "ada", "password": PASSWORD})
        await house.ask("POST", "/auth/login", body={"login": "ada", "password": "wrong secret"})
        await house.ask("POST", f"/rooms/lobby:{issue_id}/messages", GINA, {"txn_id": "t", "body": "my secret"})
        await house.ask("POST", "/issues", GINA, {"subject": "my secret", "message": "secret", "more": "secret"})
        await house.ask("GET", "/issues?q=secret", GINA)
        await house.ask("GET", "//some/secret/path", GINA)
        await house.door.ask("GET", "/me", "secret.token.here")
    assert len(logs) == 7
    for secret in ("secret", PASSWORD, token):
        assert secret not in str(logs)


async def test_pages_and_sockets_of_the_application_are_watched_too(house: House) -> None:
    app = house.build_app([])

    async def redirect(request: web.Request) -> web.Response:
        raise web.HTTPSeeOther("/there")

    async def refuse(request: web.Request) -> web.Response:
        raise web.HTTPForbidden

    async def fail(request: web.Request) -> web.Response:
        raise web.HTTPInternalServerError(text="a trace")

    async def swallow(request: web.Request) -> web.Response:
        raise web.HTTPRequestEntityTooLarge(1, 2)

    for path, handler in (("/redirect", redirect), ("/refuse", refuse), ("/fail", fail), ("/swallow", swallow)):
        app.router.add_get(path, handler)
    async with house.serve(app) as client:

        async def answer(method: str, path: str) -> tuple[int, str]:
            async with client.request(method, path) as response:
                return response.status, (await response.json())["errcode"]

        async with client.get("/redirect", allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (303, "/there")
        assert await answer("GET", "/refuse") == (400, "CHAPERONE_BAD_REQUEST")
        assert await answer("GET", "/fail") == (500, "M_UNKNOWN")
        assert await answer("GET", "/swallow") == (413, "CHAPERONE_TOO_LARGE")
        assert await answer("POST", "/fail") == (405, "M_UNRECOGNIZED")
