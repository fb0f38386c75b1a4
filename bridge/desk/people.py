"""Who is on the list of people, and as what: added and changed by admins, made true everywhere by the outbox.

    change ─▶ one transaction { may they? ─▶ the list ─▶ sessions revoked ─▶ relief sought ─▶ actions, in order }
           ─▶ sockets close ─▶ outbox ─▶ settled: nothing of it is left to be done

From the transaction on they have no power here; what the homeserver has to do follows as `policies.changes` says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bridge.desk.audit import about_person
from bridge.desk.cover import seek
from bridge.desk.lobby import tell_waiting
from bridge.desk.profiles import lane_of_person
from bridge.desk.timeline import person_of
from bridge.desk.work import Work, WorkPlace
from bridge.errors import Unknown
from bridge.ports import FloorChanged, IssueRecord, Principal, PrincipalId, Profile, SessionEnded, Transaction
from policies.actions import EndSessions
from policies.changes import decide_on_change, decide_on_coming, is_relieved, may_change_person
from policies.issue import Status
from policies.names import Role, Standing, Tier, UserId
from policies.outcomes import Refuse
from policies.relief import Why
from policies.rooms import RoomKind

BETWEEN_LOOKS: Final = 0.05
MOST_ISSUES: Final = 10_000
"""Of one person at a time."""

AlsoAdded = Callable[[Transaction, Principal], Awaitable[None]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be another; what is not named stays. Whoever is no employee has no tier."""

    role: Role | None = None
    tier: Tier | None = None
    standing: Standing | None = None
    on_duty: bool | None = None
    capacity: int | None = None
    """How many open issues they may have; as many as everybody, if this is None and `sets_capacity`."""
    sets_capacity: bool = False

    def of(self, principal: Principal) -> Principal:
        """The principal after it."""
        role = self.role or principal.role
        tier = self.tier or (principal.tier if role is Role.EMPLOYEE else None)
        return replace(principal, role=role, tier=tier, standing=self.standing or principal.standing)


class People:
    """Keeps the list."""

    def __init__(self, place: WorkPlace) -> None:
        self._place = place

    async def add(
        self,
        actor: Principal,
        principal: Principal,
        profile: Profile,
        password_hash: str | None,
        also: AlsoAdded | None = None,
    ) -> Principal | Refuse:
        """Put somebody new on the list, and let the homeserver know.

        :param also: what else is to be true at once.
        :raises Taken: if the login or the user id is somebody's already.
        """
        async with self._place.begin() as work:
            newcomer = person_of(principal)
            verdict = await work.ask(may_change_person, actor.user_id, person_of(actor), newcomer, newcomer)
            if isinstance(verdict, Refuse):
                return verdict
            await work.tx.principals.add(principal, profile, password_hash, work.now)
            await work.decide(lane_of_person(principal.user_id), decide_on_coming(newcomer))
            if also is not None:
                await also(work.tx, principal)
        log.info("people.added", principal=principal.id, role=principal.role, tier=principal.tier)
        return principal

    async def change(self, actor: Principal, principal_id: PrincipalId, change: Change) -> Principal | Refuse:
        """Make somebody something else. Their power ends now; `is_settled` says when everything follows from it.

        :raises Unknown: if nobody is called so.
        """
        async with self._place.begin() as work:
            before = await work.tx.principals.load(principal_id)
            if before is None:
                raise Unknown("user", principal_id)
            after = change.of(before)
            whom, as_whom = person_of(before), person_of(after)
            verdict = await work.ask(may_change_person, actor.user_id, person_of(actor), whom, as_whom)
            if isinstance(verdict, Refuse):
                return verdict
            if change.on_duty is not None:
                await work.tx.duties.set(before.user_id, on_duty=change.on_duty)
            if change.sets_capacity:
                about = about_person(before.user_id)
                await work.note("capacity", actor.user_id, about=about, user=before.user_id, capacity=change.capacity)
                await work.tx.duties.set_capacity(before.user_id, change.capacity)
            work.decided = True  # they may be free for something that waits
            work.notices.append(FloorChanged())
            await tell_waiting(work)
            if after != before:
                await self._change(work, before, after)
            return after

    async def _change(self, work: Work, before: Principal, after: Principal) -> None:
        await work.tx.principals.save(after)
        log.info("people.changed", principal=after.id, role=after.role, tier=after.tier, standing=after.standing)
        if after.standing is not Standing.ALLOWED:
            work.notices += [SessionEnded(session_id) for session_id in await work.tx.sessions.revoke_all(after.id)]
        if is_relieved(person_of(before), person_of(after)):
            for record in await _load_issues_with(work, after.user_id):
                await seek(work, record, after.user_id, Why.REMOVED)
        await work.decide(lane_of_person(after.user_id), decide_on_change(person_of(before), person_of(after)))

    async def retire_robots(self, kept: Collection[UserId]) -> None:
        """Suspend the robots that are not among these: settings that once listed them do so no longer.

        One that is listed again stays suspended until an admin allows it, as do those whom an admin suspended.
        """
        async with self._place.begin() as work:
            for robot in await work.tx.principals.list():
                if robot.role is Role.ROBOT and robot.standing is Standing.ALLOWED and robot.user_id not in kept:
                    bot = (await work.tx.principals.directory()).bot
                    await work.note("robot retired", bot, about=about_person(robot.user_id), user=robot.user_id)
                    await self._change(work, robot, replace(robot, standing=Standing.SUSPENDED))

    async def end_matrix_sessions(self, principal: Principal) -> None:
        """Log somebody out of the homeserver everywhere, soon and for certain."""
        async with self._place.begin() as work:
            await work.decide(lane_of_person(principal.user_id), (EndSessions(principal.user_id),))

    async def is_settled(self, user_id: UserId) -> bool:
        """Whether everything that follows from what was decided about somebody is done."""
        async with self._place.store.read() as tx:
            return await tx.outbox.unfinished(lane_of_person(user_id)) == 0

    async def wait_until_settled(self, user_id: UserId, patience: float) -> bool:
        """The same, after at most so many seconds."""
        ends = asyncio.get_running_loop().time() + patience
        while not await self.is_settled(user_id):
            if asyncio.get_running_loop().time() >= ends:
                return False
            await asyncio.sleep(BETWEEN_LOOKS)
        return True


async def _load_issues_with(work: Work, user_id: UserId) -> Iterable[IssueRecord]:
    """The issues that are somebody's, and those in whose guest room they are."""
    theirs = await work.tx.issues.list(status=Status.OPEN, assignee=user_id, limit=MOST_ISSUES)
    found = {record.issue.id: record for record in theirs}
    for room in await work.tx.rooms.rooms_of(user_id):
        if room.kind is RoomKind.GUEST and room.issue_id is not None and room.issue_id not in found:
            record = await work.tx.issues.load(room.issue_id)
            if record is not None:
                found[room.issue_id] = record
    return found.values()
