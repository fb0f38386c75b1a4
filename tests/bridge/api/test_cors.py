from __future__ import annotations

import pytest

from bridge.api.authority import Who
from bridge.api.mount import ROUTES
from tests.bridge.api.house import GINA, House
from tests.builders.assertions import SHOP

ASKS = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


async def preflight(house: House, path: str, origin: str | None) -> tuple[int, dict[str, str]]:
    headers = ASKS if origin is None else {**ASKS, "Origin": origin}
    async with house.door.client.options(path, headers=headers) as response:
        return response.status, dict(response.headers)


@pytest.mark.parametrize("path", ["/api/v1/auth/guest", "/api/v1/issues", "/api/v1/rooms/lobby:1/messages"])
async def test_a_page_of_a_site_may_ask_what_a_widget_needs(house: House, path: str) -> None:
    status, headers = await preflight(house, path, SHOP.origin)
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == SHOP.origin
    assert "POST" in headers["Access-Control-Allow-Methods"]
    assert "Authorization" in headers["Access-Control-Allow-Headers"]
    assert headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "https://shop.example.evil.example"])
async def test_any_other_page_is_told_nothing(house: House, origin: str | None) -> None:
    status, headers = await preflight(house, "/api/v1/auth/guest", origin)
    assert status == 405
    assert not [name for name in headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("path", ["/api/v1/auth/login", "/api/v1/issues/1/claim", "/api/v1/invitations", "/docs", "/x"])
async def test_nothing_but_what_a_widget_needs_is_opened_to_a_site(house: House, path: str) -> None:
    status, headers = await preflight(house, path, SHOP.origin)
    assert status in (404, 405)
    assert not [name for name in headers if name.startswith("Access-Control")]


async def test_answers_and_errors_alike_can_be_read_by_a_page_of_a_site(house: House) -> None:
    good = await house.ask("GET", "/me", GINA, headers={"Origin": SHOP.origin})
    bad = await house.ask("GET", "/issues/99", GINA, headers={"Origin": SHOP.origin})
    assert (good.status, bad.status) == (200, 404)
    for reply in (good, bad):
        assert reply.headers["Access-Control-Allow-Origin"] == SHOP.origin
        assert "Retry-After" in reply.headers["Access-Control-Expose-Headers"]
    plain = await house.ask("GET", "/me", GINA)
    assert plain.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Origin" not in plain.headers


def test_widgets_need_no_route_of_staff() -> None:
    assert {route.who for route in ROUTES if route.for_widgets} == {Who.ANYONE, Who.SIGNED_IN, Who.GUEST}
