"""The real clock."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """`ports.Clock` by the machine's own."""

    def now(self) -> datetime:
        return datetime.now(UTC)
