from __future__ import annotations

from bots.allowance import Allowance
from policies.names import UserId

ADA, BEN = UserId("@ada:localhost"), UserId("@ben:localhost")


def test_so_many_in_a_minute_and_then_it_says_when_again() -> None:
    allowance = Allowance(2)
    assert [allowance.take(ADA, now) for now in (0, 10, 20, 60, 61, 71)] == [0, 0, 40, 0, 9, 0]


def test_nobody_waits_for_somebody_else() -> None:
    allowance = Allowance(1)
    assert (allowance.take(ADA, 0), allowance.take(BEN, 0)) == (0, 0)


def test_who_asks_no_more_is_forgotten() -> None:
    allowance = Allowance(1)
    allowance.take(ADA, 0)
    allowance.take(BEN, 100)
    assert list(allowance._asked) == [BEN]
