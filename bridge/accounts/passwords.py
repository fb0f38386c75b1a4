"""Passwords: kept as argon2id hashes, compared at a cost that is the same whether the login exists or not.

    verify(hash of the login, or the hash of nothing) ──thread──▶ right or wrong, after as long

Each comparison takes tens of milliseconds and as many megabytes on purpose. A few threads of their own bound both, and
leave the event loop and everybody else's threads free.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from secrets import token_urlsafe
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

THREADS: Final = 2


class Passwords:
    """Hashes and compares."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")
        self._nobodys = self._hasher.hash(token_urlsafe())

    async def hash(self, password: str) -> str:
        """What to keep of a password."""
        return await self._run(lambda: self._hasher.hash(_bytes(password)))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is the one. None, for a login that does not exist, takes as long and never fits."""
        return await self._run(lambda: self._verify(password_hash or self._nobodys, password)) and bool(password_hash)

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _bytes(password: str) -> bytes:
    """Any text a JSON string can hold, half a surrogate pair too."""
    return password.encode("utf-8", "surrogatepass")
