from __future__ import annotations

import pytest

from bridge.api.answers import Done
from bridge.api.authority import Who
from bridge.api.bodies import NoBody
from bridge.api.errors import Errcode
from bridge.api.mount import ROUTES
from bridge.api.routes import AnyRoute, Call, Route
from policies.names import Code


async def handle(call: Call[NoBody]) -> Done:
    call.authenticated  # noqa: B018 - reading it is what is tested
    return Done()


def build_route(who: Who) -> AnyRoute:
    return Route(method="POST", path="/x", who=who, summary="X", takes=NoBody, gives=Done, handle=handle)


@pytest.mark.parametrize(
    ("who", "more"),
    [
        (Who.ANYONE, set()),
        (Who.SIGNED_IN, {Errcode.MISSING_TOKEN, Errcode.UNKNOWN_TOKEN, Errcode.LIMIT_EXCEEDED}),
        (Who.GUEST, {Errcode.MISSING_TOKEN, Errcode.UNKNOWN_TOKEN, Errcode.LIMIT_EXCEEDED, Code.NOT_PERMITTED}),
        (Who.STAFF, {Errcode.MISSING_TOKEN, Errcode.UNKNOWN_TOKEN, Errcode.LIMIT_EXCEEDED, Errcode.UNKNOWN_ROUTE}),
        (
            Who.ADMIN,
            {
                Errcode.MISSING_TOKEN,
                Errcode.UNKNOWN_TOKEN,
                Errcode.LIMIT_EXCEEDED,
                Errcode.UNKNOWN_ROUTE,
                Code.NOT_PERMITTED,
            },
        ),
    ],
)
def test_whom_a_route_is_for_says_which_errors_it_may_answer(who: Who, more: set[object]) -> None:
    of_every_route = {
        Errcode.BAD_REQUEST,
        Errcode.UNKNOWN,
        Errcode.INVALID_PARAM,
        Errcode.NOT_JSON,
        Errcode.BAD_JSON,
        Code.TOO_LARGE,
    }
    repeatable = set() if who is Who.ANYONE else {Code.TXN_REUSED}
    assert set(build_route(who).all_errors) == of_every_route | repeatable | more


async def test_a_route_for_anyone_knows_nobody() -> None:
    call: Call[NoBody] = Call(None, NoBody(), {}, None, None)  # type: ignore[arg-type]  # nothing of it is asked
    assert call.is_guest
    with pytest.raises(RuntimeError):
        await handle(call)


def test_no_two_routes_have_one_path_and_method() -> None:
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_what_guests_get_and_what_guests_may_ask_is_declared_only_where_guests_may_come() -> None:
    for route in ROUTES:
        if route.guests_get is not None or route.guests_take is not None:
            assert route.who is Who.SIGNED_IN


def test_a_get_asks_by_its_query() -> None:
    assert [route.has_body for route in ROUTES] == [route.method != "GET" for route in ROUTES]
