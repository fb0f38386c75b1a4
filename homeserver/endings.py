"""Accounts and rooms that a server admin, or their owner, is about to end for good (rule G3).

    deactivate, with or without erasure ─▶ is somebody's guest theirs alone?   ─ yes ─▶ 403, and the bridge is told
    shut down, with or without purge ────▶ is a guest in the room?             ─ yes ─▶ 403: take them out first

Synapse would go ahead and only fail at the leave, when the account is closed already. While it is asked about, an
account counts as closed (`homeserver.closed_accounts`), and each room is looked at when nobody is coming or going in
it: of two people who go at one moment, by whatever way, the second one asked sees the first.

Failure mode: what cannot be checked does not happen. It is nobody's conversation that waits for it.
"""

from __future__ import annotations

import logging

from twisted.internet.defer import CancelledError

from homeserver.closed_accounts import ClosedAccounts
from homeserver.directory import PolicyRoom
from homeserver.internals import Internals, requester
from homeserver.refusals import UNSURE, Refusal
from homeserver.reports import Reports
from homeserver.room_states import RoomStates
from homeserver.turns import Turns
from policies.cover import cover_of, may_close_account, may_shut_down, rooms_left_alone
from policies.names import RoomId, UserId
from policies.outcomes import Refuse, Verdict
from policies.rooms import Room

logger = logging.getLogger(__name__)


class Endings:
    """Asked before Synapse ends anything."""

    def __init__(
        self,
        internals: Internals,
        policy_room: PolicyRoom,
        rooms: RoomStates,
        closed: ClosedAccounts,
        turns: Turns,
        reports: Reports,
    ) -> None:
        self._internals = internals
        self._policy_room = policy_room
        self._rooms = rooms
        self._closed = closed
        self._turns = turns
        self._reports = reports

    async def check_deactivation(self, user_id: str, by_admin: bool) -> None:
        """Somebody's account is to be closed."""
        person = UserId(user_id)
        self._closed.announce(person)
        try:
            verdict = await self._may_close(person, UserId(requester() or person) if by_admin else person)
        except CancelledError:
            raise
        except Exception:
            logger.exception("account=%s may it be closed? That cannot be checked", person)
            verdict = UNSURE
        if isinstance(verdict, Refuse):
            self._closed.recall(person)
            logger.info("account=%s by_admin=%s rule=%s refused=%s", person, by_admin, verdict.rule, verdict.code)
            raise Refusal(verdict)

    async def _may_close(self, person: UserId, actor: UserId) -> Verdict:
        directory = await self._policy_room.load_directory()
        rooms: dict[RoomId, Room] = {}
        for room_id in await self._internals.rooms_of(person):
            async with self._turns.take(room_id):
                rooms[room_id] = await self._rooms.load_now(room_id)
        cover = {user_id for room in rooms.values() for user_id in cover_of(room, directory)} - {person}
        known = directory.without(await self._closed.find(cover))
        verdict = may_close_account(rooms, known, person)
        if isinstance(verdict, Refuse):
            for room_id in rooms_left_alone(rooms, known, person):
                self._reports.report(verdict, room_id, actor, person)
        return verdict

    async def check_shutdown(self, user_id: str | None, room_id: str) -> None:
        """A room is to be shut down; purging it begins so as well."""
        try:
            directory = await self._policy_room.load_directory()
            verdict = may_shut_down(await self._rooms.load_now(RoomId(room_id)), directory)
        except CancelledError:
            raise
        except Exception:
            logger.exception("room=%s may it be shut down? That cannot be checked", room_id)
            verdict = UNSURE
        if isinstance(verdict, Refuse):
            logger.info("room=%s actor=%s rule=%s refused=%s", room_id, user_id, verdict.rule, verdict.code)
            raise Refusal(verdict)
