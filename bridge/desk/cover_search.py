"""Letting somebody in who could be there for a guest: one candidate an attempt, until one comes or the time is over.

attempt 0 ─▶ best candidate ─▶ invited, joined by the module ─▶ done: their arrival decides what follows
attempt 1 ─▶ the next one …            └─ does not come: NotYet
nobody on duty ─▶ NotYet, asked again soon: somebody may come on duty
search ended (found, given up, concluded) ─▶ done
"""

from __future__ import annotations

from contextlib import suppress

from bridge.desk.floor import load_floor
from bridge.desk.joining import Joiner
from bridge.errors import MatrixRefused, NotYet
from bridge.ports import Homeserver, OutboxRow, Store
from policies.actions import FindCover
from policies.content import text_at, texts_at
from policies.cover import is_cover
from policies.deadlines import Deadline
from policies.issue import Status, WaitingOn
from policies.names import UserId
from policies.relief import Why
from policies.rooms import Membership
from policies.routing import decide_cover


class CoverSearch:
    """Performs `FindCover`."""

    def __init__(self, store: Store, homeserver: Homeserver, joiner: Joiner, capacity: int | None) -> None:
        self._store = store
        self._capacity = capacity
        self._homeserver = homeserver
        self._joiner = joiner

    async def perform(self, row: OutboxRow, action: FindCover) -> None:
        """Let somebody in.

        :raises NotYet: if nobody came.
        """
        async with self._store.read() as tx:
            timer = await tx.timers.load(Deadline.COVER, action.issue_id)
            record = await tx.issues.load(action.issue_id)
            directory = await tx.principals.directory()
            floor = await load_floor(tx, self._capacity)
        if timer is None or record is None or record.issue.status is not Status.OPEN:
            return
        issue = record.issue
        is_about_silence = text_at(timer.facts, "why") == Why.SILENT
        if is_about_silence and issue.waiting_on is not WaitingOn.STAFF:
            return
        if issue.guest_room is None:
            raise NotYet(f"issue {issue.id} has no guest room yet")
        leaving = {UserId(user_id) for user_id in texts_at(timer.facts, "leaving")}
        members = await self._homeserver.load_members(issue.guest_room)
        joined = {u for u, membership in members.items() if membership is Membership.JOIN}
        if any(is_cover(u, directory) for u in joined - leaving):
            return  # the bridge hears of them soon, if it has not yet
        # A guest who would be alone comes before anybody's capacity; one who is only not answered does not.
        full = {p.user_id for p in directory.staff() if is_about_silence and floor.is_full(p)}
        on_duty = {p.user_id for p in directory.staff()} - frozenset(floor.off_duty)
        candidates = decide_cover(directory, issue.tier, on_duty, floor.holds, joined | leaving | full)
        for candidate in candidates:
            with suppress(NotYet, MatrixRefused):
                await self._joiner.join(issue.guest_room, candidate, row.attempts)
                return
        raise NotYet(f"nobody came who could be there for the guest of issue {issue.id}")
