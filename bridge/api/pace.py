"""How fast somebody may write by the API: what the socket allows them too, so that neither door is the faster one.

The homeserver does not limit ghosts; we do, before their words are accepted.
"""

from __future__ import annotations

from typing import Final

from bridge.api.errors import build_limited
from bridge.config import Settings
from bridge.gateway.limits import Bucket
from bridge.ports import Clock, Principal, PrincipalId
from policies.names import Role

SWEEP_AT: Final = 1024
"""So many people are remembered before those who have been quiet are forgotten."""


class Pace:
    """A bucket for everybody who wrote lately."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings.gateway
        self._clock = clock
        self._buckets: dict[PrincipalId, Bucket] = {}

    def check(self, principal: Principal) -> None:
        """Count one message or issue of theirs.

        :raises ApiFault: 429, and when to try again, if there were too many.
        """
        now = self._clock.now().timestamp()
        if len(self._buckets) >= SWEEP_AT:
            self._buckets = {key: bucket for key, bucket in self._buckets.items() if not bucket.is_full(now)}
        if principal.id not in self._buckets:
            is_guest = principal.role is Role.GUEST
            per_minute = (
                self._settings.guest_messages_per_minute if is_guest else self._settings.staff_messages_per_minute
            )
            self._buckets[principal.id] = Bucket(per_minute / 60, per_minute, now)
        wait = self._buckets[principal.id].take(now)
        if wait:
            raise build_limited("You write faster than we can read. Please wait a moment.", wait)
