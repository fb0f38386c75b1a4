"""Who waits for events over HTTP, so that nobody does so without end."""

from __future__ import annotations

from collections import Counter
from typing import Final

from bridge.api.errors import build_limited
from bridge.ports import PrincipalId

AT_ONCE: Final = 8
"""Requests of one person that may wait at the same time."""


class Waiting:
    """Counts them."""

    def __init__(self) -> None:
        self._waiting: Counter[PrincipalId] = Counter()

    def enter(self, who: PrincipalId) -> None:
        """One more.

        :raises ApiFault: 429, if there are too many of theirs.
        """
        if self._waiting[who] >= AT_ONCE:
            raise build_limited("Too many requests of yours wait already.", 1)
        self._waiting[who] += 1

    def leave(self, who: PrincipalId) -> None:
        """One less."""
        self._waiting[who] -= 1
        if self._waiting[who] <= 0:
            del self._waiting[who]
