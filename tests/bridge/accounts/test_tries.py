from __future__ import annotations

import pytest

from bridge.accounts.errors import TooManyTries
from bridge.accounts.tries import Tries
from bridge.config import AccountsSettings


def build_tries() -> Tries:
    return Tries(AccountsSettings(tries_per_minute_per_login=2, tries_per_minute_per_address=3))


async def test_a_login_is_tried_so_often_and_no_more_whatever_the_address() -> None:
    tries = build_tries()
    await tries.take("ada", "192.0.2.1")
    await tries.take("ada", "192.0.2.2")
    with pytest.raises(TooManyTries) as raised:
        await tries.take("ada", "192.0.2.3")
    assert 0 < raised.value.retry_after <= 60
    await tries.take("ben", "192.0.2.3")


async def test_an_address_tries_so_often_and_no_more_whatever_the_login() -> None:
    tries = build_tries()
    for login in ("ada", "ben", "cleo"):
        await tries.take(login, "192.0.2.1")
    with pytest.raises(TooManyTries):
        await tries.take("sam", "192.0.2.1")
    await tries.take("sam", "192.0.2.2")


async def test_who_knew_the_password_starts_anew_but_their_address_does_not() -> None:
    tries = build_tries()
    for _ in range(3):
        await tries.take("ada", "192.0.2.1")
        await tries.forget("ada")
    with pytest.raises(TooManyTries):
        await tries.take("ada", "192.0.2.1")


async def test_without_an_address_the_login_counts_alone() -> None:
    tries = build_tries()
    for login in "abcdef":
        await tries.take(login, None)
    await tries.take("a", None)
    with pytest.raises(TooManyTries):
        await tries.take("a", None)


async def test_a_login_that_looks_like_an_address_is_counted_apart() -> None:
    tries = build_tries()
    for _ in range(2):
        await tries.take("192.0.2.1", None)
    await tries.take("ada", "192.0.2.1")
