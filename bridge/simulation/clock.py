"""A clock that stands still until somebody moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

MORNING: Final = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
"""A Monday."""


class FakeClock:
    """Implements `bridge.ports.Clock`."""

    def __init__(self, now: datetime = MORNING) -> None:
        self._now = now

    def now(self) -> datetime:
        """The time it was last set to."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by

    def set(self, to: datetime) -> None:
        """Go on to a time; never back."""
        self._now = max(self._now, to)
