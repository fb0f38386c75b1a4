"""When what is under way is shown: at most once a second, the newest of it, and nothing of what is quick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bots.answer import Chat

SHOWN_EVERY_SECONDS: Final = 1.0
"""An answer that is quicker than this shows no progress at all."""


class Showing:
    """Keeps what is to be shown next, and says when: a second after what was shown last."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._next_at = monotonic() + SHOWN_EVERY_SECONDS
        self._waiting: Chat | None = None
        self.count = 0

    def offer(self, words: Chat | None) -> None:
        """Show this when it is time; what waits already is older, and not shown any more."""
        self._waiting = words or self._waiting

    @property
    def due_in(self) -> float | None:
        """Seconds until something is to be shown; None if nothing waits."""
        return max(0.01, self._next_at - self._monotonic()) if self._waiting else None

    def take(self) -> Chat | None:
        """What is to be shown now."""
        if self._waiting is None or self._monotonic() < self._next_at:
            return None
        words, self._waiting = self._waiting, None
        self.count += 1
        return words

    def rest(self) -> None:
        """It is shown: nothing more for a second."""
        self._next_at = self._monotonic() + SHOWN_EVERY_SECONDS
