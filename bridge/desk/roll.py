"""The list of people, made true at the homeserver: accounts, directory, sessions, rooms (see `policies.changes`).

Each action may be performed twice. What a step rests on is asked of the homeserver and not of the projection: it is
late by as much as a transaction takes.
"""

from __future__ import annotations

from bridge.desk.rooms import policy_alias
from bridge.desk.seating import Seating
from bridge.errors import NotYet
from bridge.ports import Homeserver, OutboxRow, Store
from policies.actions import AwaitRelief, EndSessions, KeepAccount, ListPerson, Seat, TakeOut
from policies.cover import is_cover
from policies.issue import Status
from policies.names import PERSON_KEY_PREFIX, PERSON_STATE, ServerName, UserId
from policies.people import Person, build_person
from policies.rooms import Membership, RoomKind

HERE = (Membership.JOIN, Membership.INVITE)

OfPeople = EndSessions | AwaitRelief | TakeOut | ListPerson | KeepAccount | Seat


class Roll:
    """Performs what is decided about people."""

    def __init__(self, store: Store, homeserver: Homeserver, seating: Seating, server_name: ServerName) -> None:
        self._store = store
        self._homeserver = homeserver
        self._seating = seating
        self._server_name = server_name

    async def perform(self, row: OutboxRow, action: OfPeople) -> None:
        """Do it.

        :raises BridgeError: as the homeserver does, or NotYet.
        """
        match action:
            case EndSessions():
                await self._end_sessions(action.user_id)
            case AwaitRelief():
                await self._await_relief(action.user_id)
            case TakeOut():
                await self._take_out(action.user_id)
            case ListPerson():
                await self.list(action.person)
            case KeepAccount():
                await self.keep_account(action.user_id, locked=action.locked)
            case Seat():
                async with self._store.read() as tx:
                    person = (await tx.principals.directory()).who_is(action.user_id)
                await self._seating.seat(person, row.attempts)

    async def keep_account(self, user_id: UserId, *, locked: bool, log_out: bool = False) -> None:
        """Somebody's account at the homeserver, by the name that they show."""
        async with self._store.read() as tx:
            profiles = await tx.principals.profiles([user_id])
        name = profiles[user_id].display_name if user_id in profiles else user_id
        await self._homeserver.ensure_account(user_id, name, locked=locked, unlimited=True, log_out=log_out)

    async def _end_sessions(self, user_id: UserId) -> None:
        async with self._store.read() as tx:
            person = (await tx.principals.directory()).who_is(user_id)
        if person.is_guest:
            await self._homeserver.log_out_ghost(user_id)
        else:
            await self.keep_account(user_id, locked=False, log_out=True)  # a lock is another action's, in its time

    async def list(self, person: Person) -> None:
        """Somebody's entry in the directory."""
        room_id = await self._homeserver.find_room(policy_alias(self._server_name))
        if room_id is None:
            raise NotYet("there is no policy room yet")
        key = f"{PERSON_KEY_PREFIX}{person.user_id}"
        await self._homeserver.set_state(room_id, PERSON_STATE, key, build_person(person))

    async def _await_relief(self, user_id: UserId) -> None:
        async with self._store.read() as tx:
            theirs = await tx.issues.list(status=Status.OPEN, assignee=user_id, limit=1)
            rooms = await tx.rooms.rooms_of(user_id)
            directory = await tx.principals.directory()
        if theirs:
            raise NotYet(f"issue {theirs[0].issue.id} is still {user_id}'s")
        for room in rooms:
            if room.kind is not RoomKind.GUEST:
                continue
            members = await self._homeserver.load_members(room.room_id)
            joined = {u for u, membership in members.items() if membership is Membership.JOIN} - {user_id}
            is_guest_there = any(directory.who_is(u).is_guest for u in joined)
            if is_guest_there and not any(is_cover(u, directory) for u in joined):
                raise NotYet(f"a guest in {room.room_id} has nobody but {user_id}")

    async def _take_out(self, user_id: UserId) -> None:
        async with self._store.read() as tx:
            rooms = await tx.rooms.rooms_of(user_id)
        for room in rooms:
            if room.kind is RoomKind.OTHER:
                continue  # people made it: the bridge has no power there, and whoever is locked cannot use it
            if await self._homeserver.load_membership(room.room_id, user_id) in HERE:
                await self._homeserver.remove(room.room_id, user_id, "No longer here.")
