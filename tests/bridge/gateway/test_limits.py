from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.gateway.limits import Bucket


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
