"""Telling other programs."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class HookSender(Protocol):
    """Where deliveries to other programs go."""

    async def deliver(self, hook: str, delivery: str, event: str, body: str, now: datetime) -> None:
        """One attempt.

        :raises bridge.errors.HookFailed: if it was not received, as far as we know.
        """
