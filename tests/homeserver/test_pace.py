"""How fast a server may ask."""

from __future__ import annotations

from homeserver.pace import Pace

SECOND = 1000


def test_a_burst_passes_and_what_comes_after_it_waits() -> None:
    pace = Pace(per_second=2, burst=3)
    assert [pace.take("a", 0) for _ in range(4)] == [0, 0, 0, 500]


def test_who_waited_as_long_as_told_may_ask_again() -> None:
    pace = Pace(per_second=2, burst=1)
    assert pace.take("a", 0) == 0
    wait = pace.take("a", 100)
    assert pace.take("a", 100 + wait - 1) > 0
    assert pace.take("a", 100 + wait) == 0


def test_a_steady_pace_never_waits() -> None:
    pace = Pace(per_second=10, burst=1)
    assert all(pace.take("a", at) == 0 for at in range(0, 10 * SECOND, 100))


def test_one_server_does_not_use_up_anothers() -> None:
    pace = Pace(per_second=1, burst=1)
    assert (pace.take("a", 0), pace.take("a", 0) > 0, pace.take("b", 0)) == (0, True, 0)


def test_a_pause_saves_up_no_more_than_a_burst() -> None:
    pace = Pace(per_second=1, burst=2)
    pace.take("a", 0)
    assert [pace.take("a", 3600 * SECOND) == 0 for _ in range(3)] == [True, True, False]


def test_a_clock_that_steps_back_gives_and_takes_nothing() -> None:
    pace = Pace(per_second=1, burst=1)
    assert pace.take("a", 10 * SECOND) == 0
    assert pace.take("a", 0) > 0


def test_who_did_not_ask_for_long_is_forgotten_and_who_is_waiting_is_not() -> None:
    pace = Pace(per_second=1, burst=1, kept=10)
    for number in range(10):
        pace.take(f"old {number}", 0)
    pace.take("waiting", 60 * SECOND)
    pace.take("new", 60 * SECOND)
    assert len(pace._buckets) <= 10
    assert pace.take("waiting", 60 * SECOND) > 0
