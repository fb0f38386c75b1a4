"""`ports.Notices` within one process.

    publish ─▶ a bounded queue for each subscriber ─▶ its iterator
                 └─ full: NoticesLost, once, and it starts empty again

Who is told that notices were lost must catch up by cursor.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Self

from bridge.errors import BridgeError
from bridge.ports import Notice

MOST_WAITING: Final = 100_000
"""Notices of a subscriber. Those who take them only sort them, so that more than a few never wait."""


class NoticesLost(BridgeError):
    """A subscriber was too slow; what it missed is gone."""


class InProcessNotices:
    """From those who change things to the sockets of this process."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._subscriptions: set[Subscription] = set()

    def publish(self, notice: Notice) -> None:
        """Tell every subscriber; never waits."""
        for subscription in self._subscriptions:
            subscription.put(notice)

    def subscribe(self) -> Subscription:
        """From this call on, everything that is published."""
        subscription = Subscription(self._most_waiting, self._subscriptions.discard)
        self._subscriptions.add(subscription)
        return subscription


class Subscription:
    """What one subscriber has not yet taken."""

    def __init__(self, most_waiting: int, forget: Callable[[Subscription], None]) -> None:
        self._most_waiting = most_waiting
        self._forget = forget
        self._waiting: deque[Notice] = deque()
        self._arrived = asyncio.Event()
        self._lost = False

    def put(self, notice: Notice) -> None:
        """Keep it until it is taken."""
        if len(self._waiting) >= self._most_waiting:
            self._waiting.clear()
            self._lost = True
        self._waiting.append(notice)
        self._arrived.set()

    def close(self) -> None:
        """No more of it."""
        self._forget(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Notice:
        """The next one.

        :raises NoticesLost: if some before it are gone.
        """
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        if self._lost:
            self._lost = False
            raise NoticesLost
        return self._waiting.popleft()
