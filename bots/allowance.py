"""How many questions one person may ask one robot in a minute, so that nobody's script holds up the others."""

from __future__ import annotations

from collections import deque
from typing import Final

from policies.names import UserId

WINDOW_SECONDS: Final = 60.0


class Allowance:
    """Counts over the last minute. Forgets whoever asked nothing in it."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._asked: dict[UserId, deque[float]] = {}

    def take(self, who: UserId, now: float) -> float:
        """Count a question: 0 if it may be asked, else the seconds until another one may be."""
        for other in [other for other, times in self._asked.items() if times[-1] <= now - WINDOW_SECONDS]:
            del self._asked[other]
        times = self._asked.setdefault(who, deque())
        while times and times[0] <= now - WINDOW_SECONDS:
            times.popleft()
        if len(times) >= self._per_minute:
            return times[0] + WINDOW_SECONDS - now
        times.append(now)
        return 0.0
