"""Who may be called upon, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from policies.duty import Schedule
from policies.names import Tier, UserId


class Duties(Protocol):
    """Who may be called upon, when, and for how much. Whoever was never taken off duty is on it."""

    async def off(self) -> frozenset[UserId]:
        """Everybody who is off duty."""

    async def set(self, user_id: UserId, *, on_duty: bool) -> None: ...
    async def capacities(self) -> Mapping[UserId, int]:
        """How many open issues they may have, of those who have a number of their own."""

    async def set_capacity(self, user_id: UserId, most: int | None) -> None:
        """None: as many as everybody."""

    async def schedule(self, user_id: UserId) -> Schedule | None:
        """Somebody's week, if it is planned."""

    async def save_schedule(self, user_id: UserId, schedule: Schedule | None) -> None:
        """In place of the one before."""

    async def last_in_turn(self, tier: Tier) -> UserId | None:
        """Whom the tier's last issue was given to."""

    async def set_last_in_turn(self, tier: Tier, user_id: UserId) -> None: ...
