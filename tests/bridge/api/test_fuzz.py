"""Schemathesis asks everything that the served description allows, and much that it does not, as everybody: whatever
is answered is described, and nothing breaks. The seed is fixed; `make prove` asks more.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.openapi.checks import UndefinedStatusCode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bridge.api.mount import ROUTES
from bridge.api.openapi import build_openapi
from bridge.api.routes import AnyRoute
from bridge.config import GatewaySettings, Settings
from policies.people import Person
from tests.bridge.api.house import GINA, GUEST_ROOM, House, build_principal
from tests.builders.people import ADA, ALEX, SAM

EXAMPLES: Final = 200 if os.environ.get("CHAPERONE_PROVE") else 6
AS: Final[Mapping[str, Person | None]] = {"nobody": None, "a guest": GINA, "an employee": ADA, "an admin": ALEX}
CHECKS: Final = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
DOCUMENT: Final = build_openapi(ROUTES, "0")


@pytest.fixture
def house_settings(house_settings: Settings) -> Settings:
    """Nobody is too fast here: the clock stands still."""
    gateway = GatewaySettings(
        poll_seconds=0.01,
        **dict.fromkeys(
            (
                "guest_messages_per_minute",
                "staff_messages_per_minute",
                "guest_requests_per_minute",
                "staff_requests_per_minute",
            ),
            10**6,
        ),
    )
    return house_settings.model_copy(update={"gateway": gateway})


async def real_parts(house: House) -> dict[str, str]:
    """Parts of paths that lead somewhere."""
    issue_id = await house.open_issue()
    await house.claim(issue_id, ADA)
    return {"issue_id": issue_id, "room_id": GUEST_ROOM, "principal_id": build_principal(SAM).id}


def build_asking(
    route: AnyRoute,
    mode: GenerationMode,
    parts: Mapping[str, str],
    url: str,
    token: str | None,
    document: Mapping[str, Any] = DOCUMENT,
) -> Callable[[], None]:
    """A search for an answer that is not described."""
    operation = schemathesis.openapi.from_dict(dict(document))[route.path][route.method]
    names = [name for name in parts if f"{{{name}}}" in route.path]
    strategy = operation.as_strategy(mode, path_parameters={name: parts[name] for name in names} or None)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    session = requests.Session()

    @seed(20300107)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def ask(case: Any) -> None:
        response = case.call(base_url=url, session=session, headers=headers, allow_redirects=False)
        case.validate_response(response, checks=CHECKS)

    def run() -> None:
        with session:
            ask()

    return run


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize("who", AS)
async def test_whatever_is_asked_the_answer_is_described_and_nothing_breaks(
    house: House, who: str, mode: GenerationMode
) -> None:
    url = str(house.door.client.make_url("/")).rstrip("/")
    found = await real_parts(house)
    person = AS[who]
    for route in ROUTES:
        if mode is GenerationMode.NEGATIVE and not can_be_wrong(route):
            continue
        for parts in ({}, found) if "{" in route.path else ({},):
            # a token each, as one of the routes is for logging out
            token = None if person is None else await new_token(house, person)
            await asyncio.to_thread(build_asking(route, mode, parts, url, token))


async def test_an_answer_that_is_not_described_is_found(house: House) -> None:
    route = next(route for route in ROUTES if route.path.endswith("/issues/{issue_id}"))
    document = deepcopy(DOCUMENT)
    del document["paths"][route.path]["get"]["responses"]["404"]
    url = str(house.door.client.make_url("/")).rstrip("/")
    asking = build_asking(route, GenerationMode.POSITIVE, {}, url, await house.token_of(GINA), document)
    with pytest.raises(FailureGroup) as raised:
        await asyncio.to_thread(asking)
    assert [type(failure) for failure in raised.value.exceptions] == [UndefinedStatusCode]


def can_be_wrong(route: AnyRoute) -> bool:
    """Whether there is anything in the request that could be other than described."""
    return route.has_body or bool(route.takes.model_fields)


async def new_token(house: House, person: Person) -> str:
    """A session of its own."""
    house.tokens.pop(person.user_id, None)
    return await house.token_of(person)
