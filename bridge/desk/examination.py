"""Looking at a running system: reads what `checkup` judges, through the homeserver and from the database.

    look ─▶ breaches? ── no ─▶ well
               └─ yes ─▶ a moment later, look again ─▶ what is still there, is reported

A system at work is never read in one moment: what is seen once only was under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from bridge.desk.checkup import Breach, SeenRoom, World, find_breaches
from bridge.desk.rooms import policy_alias
from bridge.errors import MatrixMissing, MatrixRefused
from bridge.ports import Clock, Homeserver, Store
from policies.errors import MalformedState
from policies.names import PERSON_STATE, RoomId, ServerName, UserId
from policies.people import Directory, Person, parse_person
from policies.rooms import parse_room

BETWEEN_LOOKS: Final = 2.0
LATE: Final = timedelta(minutes=5)
"""After so long a deadline that passed should have been acted on."""
EVERY_ISSUE: Final = 10_000_000


class Examination:
    """Looks."""

    def __init__(
        self,
        store: Store,
        homeserver: Homeserver,
        clock: Clock,
        bot: UserId,
        server_name: ServerName,
        between_looks: float = BETWEEN_LOOKS,
    ) -> None:
        self._store = store
        self._homeserver = homeserver
        self._clock = clock
        self._bot = bot
        self._server_name = server_name
        self._between_looks = between_looks

    async def examine(self) -> list[Breach]:
        """What is wrong, and was a moment before.

        :raises BridgeError: if the homeserver cannot be asked.
        """
        first = find_breaches(await self.look())
        if not first:
            return []
        await asyncio.sleep(self._between_looks)
        seen_before = {*first}
        return [breach for breach in find_breaches(await self.look()) if breach in seen_before]

    async def look(self) -> World:
        """Everything as it is now."""
        rooms = {}
        for room_id in await self._homeserver.load_rooms():
            seen = await self._look_at(room_id)
            if seen is not None:
                rooms[room_id] = seen
        policy_server = await self._homeserver.load_policy_server()
        async with self._store.read() as tx:
            return World(
                server_name=self._server_name,
                rooms=rooms,
                published=self._read_directory(rooms.values()),
                listed=await tx.principals.directory(),
                issues={record.issue.id: record for record in await tx.issues.list(limit=EVERY_ISSUE)},
                records={record.room_id: record for room in rooms if (record := await tx.rooms.load(room)) is not None},
                members={room_id: await tx.rooms.members(room_id) for room_id in rooms},
                policy_server=policy_server,
                chats=frozenset(chat.room_id for chat in await tx.chats.list() if chat.room_id is not None),
                dead=await tx.outbox.dead(),
                overdue=await tx.timers.due(self._clock.now() - LATE, 100),
                deadlines=await tx.timers.by_subject(),
                under_way=await tx.outbox.lanes(),
            )

    async def _look_at(self, room_id: RoomId) -> SeenRoom | None:
        try:
            state = await self._homeserver.load_whole_state(room_id)
            aliases = await self._homeserver.load_aliases(room_id)
        except (MatrixMissing, MatrixRefused):
            return None  # left, or gone, since the rooms were listed
        return SeenRoom(room_id, state, parse_room(state, self._bot), aliases)

    def _read_directory(self, rooms: Iterable[SeenRoom]) -> Directory:
        people: dict[UserId, Person] = {}
        for seen in rooms:
            if policy_alias(self._server_name) not in seen.aliases:
                continue
            for (event_type, state_key), event in seen.state.items():
                if event_type == PERSON_STATE and event.sender == self._bot:
                    try:
                        person = parse_person(state_key, event.content)
                    except MalformedState:
                        continue  # then it lists nobody, and shows as missing
                    people[person.user_id] = person
        return Directory(self._bot, self._server_name, people)
