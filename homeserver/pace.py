"""How fast one server may ask: a bucket for each, which fills steadily and is emptied by asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PER_SECOND: Final = 50
"""A server asks once for each event of its people, and a busy one has a few a second."""
BURST: Final = 500
"""A server that enters a room asks for what is unsigned of its history, all at once."""
KEPT: Final = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at_ms: int


class Pace:
    """Counts what each server asks. Nothing is remembered of those who did not ask for a while."""

    def __init__(self, per_second: float = PER_SECOND, burst: int = BURST, kept: int = KEPT) -> None:
        self._per_ms = per_second / 1000
        self._burst = burst
        self._kept = kept
        self._buckets: dict[str, _Bucket] = {}

    def take(self, server: str, now_ms: int) -> int:
        """Ask once.

        :returns: 0 if that is in order, otherwise after how many milliseconds it will be.
        """
        bucket = self._buckets.get(server)
        if bucket is None:
            bucket = self._buckets[server] = _Bucket(self._burst, now_ms)
            if len(self._buckets) > self._kept:
                self._forget_the_full(now_ms)
        bucket.left = min(self._burst, bucket.left + max(0, now_ms - bucket.at_ms) * self._per_ms)
        bucket.at_ms = now_ms
        if bucket.left < 1:
            return max(1, round((1 - bucket.left) / self._per_ms))
        bucket.left -= 1
        return 0

    def _forget_the_full(self, now_ms: int) -> None:
        """A bucket that is full again says nothing that a new one would not."""
        until_full = self._burst / self._per_ms
        self._buckets = {server: b for server, b in self._buckets.items() if now_ms - b.at_ms < until_full}
