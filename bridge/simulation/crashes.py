"""Killing the bridge at random points: wherever it asks the homeserver, and on both sides of every commit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from random import Random

from bridge.ports import Store, Transaction
from bridge.simulation.errors import Crash


class Crashes:
    """Counts the points at which the bridge could die, and lets it die at some of them."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._left: list[int] = []
        self.happened = 0

    def schedule(self, within: int) -> None:
        """Let it die at one of so many next points."""
        self._left.append(self._random.randrange(within))

    def point(self) -> None:
        """It could die here.

        :raises Crash: if it does.
        """
        if not self._left:
            return
        self._left[0] -= 1
        if self._left[0] < 0:
            self._left.pop(0)
            self.happened += 1
            raise Crash


class FrailStore:
    """A store on both sides of whose commits the bridge may die. Implements `bridge.ports.Store`."""

    def __init__(self, store: Store, crashes: Crashes) -> None:
        self._store = store
        self._crashes = crashes

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """As the store itself."""
        async with self._store.write() as tx:
            yield tx
            self._crashes.point()
        self._crashes.point()

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """As the store itself."""
        return self._store.read()
