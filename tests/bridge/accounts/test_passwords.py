from __future__ import annotations

import time
from statistics import median

from argon2 import PasswordHasher

from bridge.accounts.passwords import Passwords
from tests.builders.accounts import build_passwords


async def test_a_password_fits_its_own_hash_only() -> None:
    passwords = build_passwords()
    password_hash = await passwords.hash("correct horse")
    assert await passwords.verify(password_hash, "correct horse")
    assert not await passwords.verify(password_hash, "correct horse ")
    assert not await passwords.verify(password_hash, "")


async def test_the_same_password_is_never_hashed_alike() -> None:
    passwords = build_passwords()
    assert await passwords.hash("same") != await passwords.hash("same")


async def test_nobody_has_no_password() -> None:
    passwords = build_passwords()
    assert not await passwords.verify(None, "")
    assert not await passwords.verify("", "")
    assert not await passwords.verify("no hash at all", "x")


async def test_any_text_can_be_a_password() -> None:
    passwords = build_passwords()
    for text in ("", "\x00", "\ud800", "👋" * 500):
        assert await passwords.verify(await passwords.hash(text), text)


async def test_an_unknown_login_takes_as_long_as_a_wrong_password() -> None:
    # Costly enough to stand out of the noise: what is left out for one of the two would show as all of it.
    passwords = Passwords(PasswordHasher(time_cost=8, memory_cost=1024, parallelism=1))
    password_hash = await passwords.hash("right")

    async def timed(known: str | None) -> float:
        begun = time.perf_counter()
        await passwords.verify(known, "wrong")
        return time.perf_counter() - begun

    pairs = [(await timed(password_hash), await timed(None)) for _ in range(15)]
    wrong, unknown = median(w for w, _ in pairs), median(u for _, u in pairs)
    assert 0.5 < unknown / wrong < 2


async def test_a_hash_of_another_cost_is_outdated() -> None:
    old = await build_passwords().hash("x")
    assert not build_passwords().is_outdated(old)
    assert Passwords().is_outdated(old)
    assert Passwords().is_outdated(old)


async def test_what_is_kept_is_argon2id() -> None:
    assert (await Passwords().hash("x")).startswith("$argon2id$")
