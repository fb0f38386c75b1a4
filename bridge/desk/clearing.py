"""The end of an issue's rooms: some time after the conclusion nobody is in them any more, and all can read on.

    concluded ─▶ deadline ─▶ still concluded? ─▶ guests out ─▶ staff out ─▶ robots out
                    └ reopened before: cleared, nothing happens; after: the assignee is let in again, then the guest

The bridge stays, so that the rooms are there for a reopening. What was said is read over page, API and desk as before.
"""

from __future__ import annotations

from typing import Final

from bridge.desk.work import Work, lane_of_issue
from bridge.ports import Homeserver, Store, Timer
from policies.actions import ClearRooms
from policies.issue import Status
from policies.names import IssueId, Role, UserId
from policies.people import Directory
from policies.rooms import Membership

REASON: Final = "This conversation ended a while ago. What was said can be read on."
HERE: Final = (Membership.JOIN, Membership.INVITE)


async def act_on_clearing(work: Work, timer: Timer) -> None:
    """The time that people stay in the rooms of a concluded issue is over."""
    record = await work.tx.issues.load(IssueId(timer.subject))
    if record is not None and record.issue.status is Status.CONCLUDED:
        await work.decide(lane_of_issue(record.issue.id), (ClearRooms(record.issue.id),))


class Clearing:
    """Performs `ClearRooms`."""

    def __init__(self, store: Store, homeserver: Homeserver) -> None:
        self._store = store
        self._homeserver = homeserver

    async def perform(self, action: ClearRooms) -> None:
        """Everybody but the bridge, guests first: nobody is there alone for a moment."""
        async with self._store.read() as tx:
            record = await tx.issues.load(action.issue_id)
            directory = await tx.principals.directory()
        if record is None or record.issue.status is not Status.CONCLUDED:
            return
        for room_id in (record.issue.guest_room, record.issue.staff_room):
            if room_id is None:
                continue
            members = await self._homeserver.load_members(room_id)
            here = [user for user, membership in members.items() if membership in HERE and user != directory.bot]
            for user_id in sorted(here, key=lambda user: (_turn(user, directory), user)):
                await self._homeserver.remove(room_id, user_id, REASON)


def _turn(user_id: UserId, directory: Directory) -> int:
    """Guests go first, robots last."""
    role = directory.who_is(user_id).role
    return 0 if role is Role.GUEST else 2 if role is Role.ROBOT else 1
