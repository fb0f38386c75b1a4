from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bridge.api.mount import ROUTES
from bridge.store.tables import kept_answers
from policies.people import Person
from tests.bridge.api.door import Reply
from tests.bridge.api.house import GINA, HUGO, PASSWORD, House
from tests.builders.people import ADA, ALEX, BEN

KEY = "0123456789abcdef"
ISSUE = {"subject": "Export fails", "message": "Hello?"}
USER = {"login": "dora", "password": "correct horse battery", "role": "employee", "tier": "T1"}
MAKING: list[tuple[str, Person, Mapping[str, Any]]] = [
    ("/issues", GINA, ISSUE),
    ("/invitations", ADA, {"name": "Gina"}),
    ("/users", ALEX, USER),
]


async def post(house: House, path: str, who: Person, body: Mapping[str, Any], key: str = KEY) -> Reply:
    return await house.ask("POST", path, who, body, headers={"Idempotency-Key": key})


async def count_issues(house: House, who: Person = GINA) -> int:
    return len((await house.ask("GET", "/issues", who)).body["issues"])


def test_everything_that_somebody_posts_can_be_repeated() -> None:
    posted = {route.path.removeprefix("/api/v1"): route for route in ROUTES if route.method == "POST"}
    assert {path for path, route in posted.items() if not route.can_be_repeated} == {
        "/auth/login",
        "/auth/refresh",
        "/auth/guest",
    }
    assert {path for path, _, _ in MAKING} <= {path for path, route in posted.items() if route.makes_something}


async def test_a_claim_that_is_repeated_is_answered_alike(house: House) -> None:
    issue_id = await house.open_issue()
    first = await post(house, f"/issues/{issue_id}/claim", ADA, {})
    again = await post(house, f"/issues/{issue_id}/claim", ADA, {})
    assert first.status == again.status == 200
    assert first.body == again.body
    assert (await post(house, f"/issues/{issue_id}/claim", BEN, {})).status == 409


async def test_a_key_is_for_one_issue(house: House) -> None:
    one, other = await house.open_issue(), await house.open_issue()
    assert (await post(house, f"/issues/{one}/claim", ADA, {})).status == 200
    assert (await post(house, f"/issues/{other}/claim", ADA, {})).status == 409


async def test_a_refusal_is_not_kept(house: House) -> None:
    issue_id = await house.open_issue()
    assert (await post(house, f"/issues/{issue_id}/reopen", ADA, {})).status == 409
    await house.ask("POST", f"/issues/{issue_id}/conclude", ADA, {"conclusion": "resolved"})
    assert (await post(house, f"/issues/{issue_id}/reopen", ADA, {})).status == 200


@pytest.mark.parametrize(("path", "who", "body"), MAKING)
async def test_the_same_request_again_makes_nothing_and_is_answered_alike(
    house: House, path: str, who: Person, body: Mapping[str, Any]
) -> None:
    first = await post(house, path, who, body)
    again = await post(house, path, who, dict(reversed(list(body.items()))))
    assert first.status == again.status == 201
    assert first.body == again.body


@pytest.mark.parametrize(("path", "who", "body"), MAKING)
async def test_of_many_at_once_one_makes_it_and_all_are_answered_alike(
    house: House, path: str, who: Person, body: Mapping[str, Any]
) -> None:
    await house.token_of(who)
    replies = await asyncio.gather(*(post(house, path, who, body) for _ in range(5)))
    assert {reply.status for reply in replies} == {201}
    assert all(reply.body == replies[0].body for reply in replies)


async def test_an_issue_sent_twice_is_one_issue(house: House) -> None:
    for _ in range(3):
        await post(house, "/issues", GINA, ISSUE)
    assert await count_issues(house) == 1
    await post(house, "/issues", GINA, ISSUE, "another key, 16 or more".replace(" ", "-"))
    assert await count_issues(house) == 2


async def test_the_key_of_another_request_is_refused(house: House) -> None:
    await post(house, "/issues", GINA, ISSUE)
    reply = await post(house, "/issues", GINA, {**ISSUE, "message": "Goodbye!"})
    assert (reply.status, reply.errcode) == (409, "CHAPERONE_TXN_REUSED")
    assert await count_issues(house) == 1


async def test_a_key_belongs_to_one_principal_and_one_route(house: House) -> None:
    await post(house, "/issues", GINA, ISSUE)
    await post(house, "/issues", HUGO, ISSUE)
    assert await count_issues(house, HUGO) == 1
    links = {(await post(house, "/invitations", who, {})).body["link"] for who in (ADA, BEN)}
    assert len(links) == 2


async def test_after_a_day_a_key_is_new_again(house: House) -> None:
    await post(house, "/invitations", ADA, {})
    house.clock.advance(timedelta(hours=24))
    house.tokens.clear()
    assert (await post(house, "/invitations", ADA, {"name": "Gina"})).status == 201
    house.clock.advance(timedelta(hours=24))
    await house.store.prune(house.clock.now())
    async with house.store.read() as tx:
        assert (await tx.connection.execute(select(kept_answers))).all() == []


async def test_what_was_refused_can_be_tried_again_with_its_key(house: House) -> None:
    assert (await post(house, "/users", ALEX, {**USER, "login": "ada"})).status == 409
    assert (await post(house, "/users", ALEX, USER)).status == 201


@pytest.mark.parametrize("key", ["", "short", "x" * 256, "with a space in it", "with-ä-umlaut-in-it"])
async def test_what_is_no_key_is_refused(house: House, key: str) -> None:
    reply = await post(house, "/issues", GINA, ISSUE, key)
    assert (reply.status, reply.errcode) == (400, "CHAPERONE_BAD_REQUEST")
    assert await count_issues(house) == 0


async def test_who_reads_the_database_learns_neither_link_nor_password_nor_key(house: House) -> None:
    link = (await post(house, "/invitations", ADA, {})).body["link"]
    await post(house, "/users", ALEX, USER)
    async with house.store.read() as tx:
        rows = str((await tx.connection.execute(select(kept_answers))).all())
    assert "sealed" not in rows
    for secret in (link, link.partition("=")[2], USER["password"], KEY):
        assert secret not in rows


async def test_where_nobody_is_logged_in_the_header_means_nothing(house: House) -> None:
    for login in ("ada", "ben"):
        body = {"login": login, "password": PASSWORD}
        reply = await house.ask("POST", "/auth/login", None, body, headers={"Idempotency-Key": KEY})
        assert reply.body["principal"]["user_id"].startswith(f"@{login}:")
