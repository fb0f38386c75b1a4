from __future__ import annotations

from typing import Literal

from argon2 import Parameters, PasswordHasher, extract_parameters

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


class CountingHasher(PasswordHasher):
    """Remembers what each comparison cost; comparing is all that takes time."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.costs: list[Parameters] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  # as it is named there
        self.costs.append(extract_parameters(str(hash)))
        return super().verify(hash, password)


async def test_an_unknown_login_costs_as_much_as_a_wrong_password() -> None:
    hasher = CountingHasher()
    passwords = Passwords(hasher)
    await passwords.verify(await passwords.hash("right"), "wrong")
    await passwords.verify(None, "wrong")
    [wrong, unknown] = hasher.costs
    assert wrong == unknown


async def test_a_hash_of_another_cost_is_outdated() -> None:
    old = await build_passwords().hash("x")
    assert not build_passwords().is_outdated(old)
    assert Passwords().is_outdated(old)
    assert Passwords().is_outdated(old)


async def test_what_is_kept_is_argon2id() -> None:
    assert (await Passwords().hash("x")).startswith("$argon2id$")
