from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.api.errors import ApiFault
from bridge.api.pace import SWEEP_AT, Pace
from bridge.config import GatewaySettings, Settings
from bridge.ports import Principal, PrincipalId
from policies.names import Role, Standing, UserId
from tests.bridge.api.house import GINA, House, build_principal
from tests.builders.people import ADA
from tests.fakes.clock import FakeClock

SETTINGS = Settings(gateway=GatewaySettings(guest_messages_per_minute=6, staff_messages_per_minute=60))


def write_until_refused(pace: Pace, principal: Principal) -> tuple[int, float]:
    for count in range(1000):
        try:
            pace.check(principal)
        except ApiFault as fault:
            return count, fault.fields["retry_after_ms"]
    raise AssertionError("was never refused")


def test_a_guest_writes_as_much_as_the_settings_allow_and_is_told_when_to_go_on() -> None:
    clock = FakeClock()
    pace = Pace(SETTINGS, clock)
    assert write_until_refused(pace, build_principal(GINA)) == (6, 10_000)
    clock.advance(timedelta(seconds=10))
    assert write_until_refused(pace, build_principal(GINA)) == (1, 10_000)


def test_staff_may_write_faster() -> None:
    assert write_until_refused(Pace(SETTINGS, FakeClock()), build_principal(ADA))[0] == 60


def test_nobody_waits_for_another() -> None:
    pace = Pace(SETTINGS, FakeClock())
    write_until_refused(pace, build_principal(GINA))
    pace.check(build_principal(ADA))


def test_who_was_quiet_for_long_is_forgotten() -> None:
    clock = FakeClock()
    pace = Pace(SETTINGS, clock)
    for number in range(SWEEP_AT * 3):
        name = f"guest-{number}"
        clock.advance(timedelta(seconds=1))
        pace.check(Principal(PrincipalId(name), name, Role.GUEST, None, Standing.ALLOWED, UserId(f"@{name}:localhost")))
    assert len(pace._buckets) <= SWEEP_AT


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
