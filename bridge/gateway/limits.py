"""How much is too much: a bucket that fills with time and is emptied by what is done.

`Pace` has everybody's, whichever door they come by: who writes over a socket and over the API writes no faster by it.
"""

from __future__ import annotations

from typing import Final
from weakref import WeakValueDictionary

from bridge.config import GatewaySettings
from bridge.ports import Clock, Principal, PrincipalId
from policies.names import Role

SWEEP_AT: Final = 1024
"""So many buckets are kept before those of who has been quiet are let go."""


class Bucket:
    """Allows `rate` per second on the average, and `burst` at once."""

    __slots__ = ("__weakref__", "_at", "_level", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self._level = burst
        self._at = now

    def take(self, now: float) -> float:
        """Take one. Answers 0 if it was there, or after how many seconds it will be; then nothing was taken."""
        self._refill(now)
        if self._level >= 1:
            self._level -= 1
            return 0.0
        return (1 - self._level) / self.rate

    def is_full(self, now: float) -> bool:
        """Whether nothing was taken for so long that it can be forgotten."""
        self._refill(now)
        return self._level >= self.burst

    def _refill(self, now: float) -> None:
        # A clock that was set back must not empty the bucket.
        self._level = min(self.burst, self._level + max(0.0, now - self._at) * self.rate)
        self._at = now


class Pace:
    """How fast each principal may go, by their role.

    An open socket holds its bucket, so one that is let go here is found again as long as somebody uses it.
    """

    def __init__(self, settings: GatewaySettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._kept: dict[tuple[PrincipalId, str], Bucket] = {}
        self._known: WeakValueDictionary[tuple[PrincipalId, str], Bucket] = WeakValueDictionary()

    def messages_of(self, principal: Principal) -> Bucket:
        """What somebody may write."""
        return self._load(principal, "messages", messages_per_minute(self._settings, principal.role))

    def take_message(self, principal: Principal) -> float:
        """Count something written; answers 0, or after how many seconds it may be."""
        return self.messages_of(principal).take(self._clock.now().timestamp())

    def take_request(self, principal: Principal) -> float:
        """Count a request to the API; answers 0, or after how many seconds it may be."""
        bucket = self._load(principal, "requests", requests_per_minute(self._settings, principal.role))
        return bucket.take(self._clock.now().timestamp())

    def _load(self, principal: Principal, what: str, per_minute: int) -> Bucket:
        now = self._clock.now().timestamp()
        key = (principal.id, f"{what} as {principal.role}")
        bucket = self._known.get(key)
        if bucket is None:
            if len(self._kept) >= SWEEP_AT:
                self._kept = {key: kept for key, kept in self._kept.items() if not kept.is_full(now)}
            self._kept[key] = self._known[key] = bucket = Bucket(per_minute / 60, per_minute, now)
        return bucket


def messages_per_minute(settings: GatewaySettings, role: Role) -> int:
    """How much may be written."""
    return settings.guest_messages_per_minute if role is Role.GUEST else settings.staff_messages_per_minute


def requests_per_minute(settings: GatewaySettings, role: Role) -> int:
    """How often the API may be asked."""
    return settings.guest_requests_per_minute if role is Role.GUEST else settings.staff_requests_per_minute
