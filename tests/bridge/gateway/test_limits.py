from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config import GatewaySettings
from bridge.gateway.limits import SWEEP_AT, Bucket, Pace
from bridge.ports import Principal, PrincipalId
from policies.names import Role, Standing, UserId
from tests.fakes.clock import FakeClock


def test_so_many_at_once_and_then_one_after_the_other() -> None:
    bucket = Bucket(rate=0.5, burst=3, now=0)
    assert [bucket.take(0) for _ in range(5)] == [0, 0, 0, 2, 2]
    assert bucket.take(1) == 1
    assert bucket.take(2) == 0


def test_a_bucket_is_full_again_after_a_while_and_never_fuller() -> None:
    bucket = Bucket(rate=1, burst=2, now=0)
    bucket.take(0)
    assert not bucket.is_full(0.5)
    assert bucket.is_full(1)
    assert [bucket.take(1000) for _ in range(3)] == [0, 0, 1]


def test_a_clock_that_is_set_back_takes_nothing_away() -> None:
    bucket = Bucket(rate=1, burst=2, now=1000)
    assert [bucket.take(0) for _ in range(2)] == [0, 0]


@given(st.lists(st.floats(0, 5), max_size=60))
def test_never_more_than_the_burst_and_the_rate_allow(waits: list[float]) -> None:
    bucket, now, taken = Bucket(rate=2, burst=4, now=0), 0.0, 0
    for wait in waits:
        now += wait
        taken += bucket.take(now) == 0
    assert taken <= 4 + 2 * now + 1e-6


@given(st.floats(0, 100))
def test_who_waits_as_long_as_told_gets_in(later: float) -> None:
    bucket = Bucket(rate=0.3, burst=1, now=0)
    bucket.take(0)
    wait = bucket.take(later)
    assert wait == 0 or bucket.take(later + wait + 1e-6) == 0


SETTINGS = GatewaySettings(
    guest_messages_per_minute=6, staff_messages_per_minute=60, guest_requests_per_minute=6, staff_requests_per_minute=60
)


def build_principal(name: str, role: Role = Role.GUEST) -> Principal:
    return Principal(PrincipalId(name), name, role, None, Standing.ALLOWED, UserId(f"@{name}:localhost"))


def take_until_refused(take: Callable[[Principal], float], principal: Principal) -> tuple[int, float]:
    for count in range(1000):
        wait = take(principal)
        if wait:
            return count, wait
    raise AssertionError("was never refused")


@pytest.mark.parametrize("what", ["take_message", "take_request"])
def test_a_guest_goes_as_fast_as_the_settings_allow_and_staff_faster(what: str) -> None:
    clock = FakeClock()
    take = getattr(Pace(SETTINGS, clock), what)
    assert take_until_refused(take, build_principal("gina")) == (6, 10)
    clock.advance(timedelta(seconds=10))
    assert take_until_refused(take, build_principal("gina")) == (1, 10)
    assert take_until_refused(take, build_principal("ada", Role.EMPLOYEE))[0] == 60
    assert take_until_refused(take, build_principal("hugo"))[0] == 6


def test_requests_and_messages_are_counted_apart() -> None:
    pace = Pace(SETTINGS, FakeClock())
    take_until_refused(pace.take_request, build_principal("gina"))
    assert take_until_refused(pace.take_message, build_principal("gina"))[0] == 6


def test_a_socket_and_the_api_empty_the_same_bucket() -> None:
    clock = FakeClock()
    pace = Pace(SETTINGS, clock)
    of_the_socket = pace.messages_of(build_principal("gina"))
    for _ in range(4):
        of_the_socket.take(clock.now().timestamp())
    assert take_until_refused(pace.take_message, build_principal("gina"))[0] == 2


def fill(pace: Pace, clock: FakeClock) -> None:
    for number in range(SWEEP_AT * 3):
        clock.advance(timedelta(seconds=1))
        pace.take_message(build_principal(f"guest-{number}"))


def test_who_was_quiet_for_long_is_forgotten() -> None:
    clock = FakeClock()
    pace = Pace(SETTINGS, clock)
    fill(pace, clock)
    assert len(pace._kept) <= SWEEP_AT
    assert len(pace._known) <= SWEEP_AT


def test_who_is_quiet_with_an_open_socket_gets_no_second_bucket() -> None:
    clock = FakeClock()
    pace = Pace(SETTINGS, clock)
    of_the_socket = pace.messages_of(build_principal("gina"))
    fill(pace, clock)
    assert pace.messages_of(build_principal("gina")) is of_the_socket
