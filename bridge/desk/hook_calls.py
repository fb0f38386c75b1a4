"""Delivering what other programs are told, one attempt at a time, until they have it or it is too late."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bridge.desk.perform import Perform
from bridge.errors import HookFailed
from bridge.ports import Clock, HookSender, OutboxRow
from policies.actions import Action, CallHook

FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(hours=2)
GIVE_UP_AFTER: Final = timedelta(hours=24)


def wait_after(attempts: int) -> timedelta:
    """How long a delivery waits after its attempt number `attempts` (from 0) failed."""
    longer: int = 4 ** min(attempts, 8)
    return min(FIRST_WAIT * longer, LONGEST_WAIT)


class HookCaller:
    """Performs `CallHook`."""

    def __init__(
        self,
        sender: HookSender,
        clock: Clock,
        give_up_after: timedelta = GIVE_UP_AFTER,
    ) -> None:
        self._sender = sender
        self._clock = clock
        self._give_up_after = give_up_after

    def around(self, perform: Perform) -> Perform:
        """Perform `CallHook` here, and everything else there."""

        async def perform_either(row: OutboxRow, action: Action) -> None:
            if isinstance(action, CallHook):
                await self.perform(row, action)
            else:
                await perform(row, action)

        return perform_either

    async def perform(self, row: OutboxRow, action: CallHook) -> None:
        """Deliver it.

        :raises HookFailed: final if it is to be given up.
        """
        now = self._clock.now()
        try:
            await self._sender.deliver(action.hook, action.delivery, action.event, action.body, now)
        except HookFailed as fault:
            is_late = now - row.created_at >= self._give_up_after
            raise HookFailed(fault.hook, fault.reason, is_final=fault.is_final or is_late) from fault
