"""How often a password may be tried: so many times a minute per login, and per address.

Every try counts before the password is looked at, so that a thousand at once are no better than one after another. Who
knew the password starts anew; the address does not, since an attacker may have an account of their own.
"""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter

from bridge.accounts.errors import TooManyTries
from bridge.config import AccountsSettings


class Tries:
    """Counts in memory; given another storage, in what several processes share."""

    def __init__(self, settings: AccountsSettings, storage: Storage | None = None) -> None:
        self._limiter = FixedWindowRateLimiter(storage or MemoryStorage())
        self._per_login = RateLimitItemPerMinute(settings.tries_per_minute_per_login, namespace="login")
        self._per_address = RateLimitItemPerMinute(settings.tries_per_minute_per_address, namespace="address")

    async def take(self, login: str, address: str | None) -> None:
        """Count a try. The homeserver's module knows no address.

        :raises TooManyTries: if there were enough.
        """
        await self.take_from(address)
        await self._hit(self._per_login, login)

    async def take_from(self, address: str | None) -> None:
        """Count a try that names no login.

        :raises TooManyTries: if there were enough.
        """
        if address is not None:
            await self._hit(self._per_address, address)

    async def forget(self, login: str) -> None:
        """The password was right."""
        await self._limiter.clear(self._per_login, login)

    async def _hit(self, limit: RateLimitItemPerMinute, key: str) -> None:
        if not await self._limiter.hit(limit, key):
            window = await self._limiter.get_window_stats(limit, key)
            raise TooManyTries(max(window.reset_time - time.time(), 1))
