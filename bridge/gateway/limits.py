"""How much is too much: a bucket that fills with time and is emptied by what is done. The time is an argument."""

from __future__ import annotations


class Bucket:
    """Allows `rate` per second on the average, and `burst` at once."""

    __slots__ = ("_at", "_level", "burst", "rate")

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
