"""The time."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, so that tests can have their own."""

    def now(self) -> datetime:
        """Now, in UTC and aware of it."""
