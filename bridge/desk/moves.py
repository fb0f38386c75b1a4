"""The two waits of an escalation: that those who were called come in, and that the guest is in the new room."""

from __future__ import annotations

from bridge.desk.joining import Joiner
from bridge.desk.lobby import load_enterable_room
from bridge.desk.work import lane_of_issue
from bridge.errors import NotYet
from bridge.ports import OutboxRow, Store
from policies.actions import AwaitMove, CallIn
from policies.issue import Status
from policies.lifecycle import is_waited_for


class Moves:
    """Performs `CallIn` and `AwaitMove`."""

    def __init__(self, store: Store, joiner: Joiner) -> None:
        self._store = store
        self._joiner = joiner

    async def call_in(self, row: OutboxRow, action: CallIn) -> None:
        """Both rooms, the guest's first. Whoever is not waited for any more is let in nowhere, and waited for no more.

        :raises NotYet: until they are in.
        """
        async with self._store.read() as tx:
            record = await tx.issues.load(action.issue_id)
            directory = await tx.principals.directory()
        if record is None or not is_waited_for(record.issue, directory.who_is(action.user_id)):
            return
        for room_id in (record.issue.guest_room, record.issue.staff_room):
            if room_id is None:
                raise NotYet(f"issue {action.issue_id} has not both its rooms yet")
            await self._joiner.join(room_id, action.user_id, row.attempts)

    async def await_move(self, action: AwaitMove) -> None:
        """The guest is or was in the new room; or nothing is left to be done that would bring them there.

        :raises NotYet: until then.
        """
        async with self._store.read() as tx:
            record = await tx.issues.load(action.issue_id)
            if record is None or record.issue.status is not Status.OPEN:
                return
            if await load_enterable_room(tx, record.issue) is not None:
                return
            if not await tx.outbox.unfinished(lane_of_issue(action.issue_id)):
                return
        raise NotYet(f"the guest of issue {action.issue_id} is on the way")
