from __future__ import annotations

import pytest

from bridge.api.errors import ApiFault
from bridge.api.pace import check_message, check_request
from bridge.config import GatewaySettings
from bridge.gateway.limits import Pace
from tests.bridge.api.house import GINA, House, build_principal
from tests.builders.people import ADA
from tests.fakes.clock import FakeClock


@pytest.mark.parametrize("check", [check_message, check_request])
def test_who_is_too_fast_is_told_when_to_go_on(check: object) -> None:
    pace = Pace(GatewaySettings(guest_messages_per_minute=1, guest_requests_per_minute=1), FakeClock())
    check(pace, build_principal(GINA))  # type: ignore[operator]  # one of the two
    with pytest.raises(ApiFault) as raised:
        check(pace, build_principal(GINA))  # type: ignore[operator]  # one of the two
    assert raised.value.status == 429
    assert raised.value.fields["retry_after_ms"] == 60_000
    assert raised.value.headers["Retry-After"] == "60"


async def test_who_asks_too_often_is_asked_to_wait_whatever_they_ask(house: House) -> None:
    limit = house.settings.gateway.guest_requests_per_minute
    for _ in range(limit):
        assert (await house.ask("GET", "/me", GINA)).status == 200
    reply = await house.ask("GET", "/issues", GINA)
    assert (reply.status, reply.errcode, reply.headers["Retry-After"]) == (429, "M_LIMIT_EXCEEDED", "1")
    assert (await house.ask("GET", "/me", ADA)).status == 200


@pytest.mark.parametrize("what", ["issues", "messages"])
async def test_who_writes_too_fast_by_the_api_is_asked_to_wait(house: House, what: str) -> None:
    place = f"/rooms/lobby:{await house.open_issue()}/messages"
    limit = house.settings.gateway.guest_messages_per_minute
    statuses = []
    for number in range(limit + 1):
        if what == "issues":
            reply = await house.ask("POST", "/issues", GINA, {"subject": "Again", "message": "Hello?"})
        else:
            reply = await house.ask("POST", place, GINA, {"txn_id": f"t{number}", "body": "Hello?"})
        statuses.append(reply.status)
    assert set(statuses[:-1]) <= {200, 201}
    assert (reply.status, reply.errcode) == (429, "M_LIMIT_EXCEEDED")
    assert reply.headers["Retry-After"] == "2"
    assert reply.body["retry_after_ms"] == 2000
