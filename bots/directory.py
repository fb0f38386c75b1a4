"""Who is who, read from the policy room each time it matters.

The room is found by its alias and trusted only if the bridge's bot made it, alone and for this server; entries count
only if the bot wrote them. A robot is a member of the room, so it reads what the homeserver's module reads.
"""

from __future__ import annotations

from typing import Final

import structlog

from bots.errors import DirectoryUnreadable, MatrixRefused
from bots.ports import Homeserver
from policies.errors import MalformedState
from policies.names import KIND_KEY, PERSON_STATE, RoomAlias, RoomId, UserId
from policies.people import Directory, Person, domain_of, parse_person
from policies.rooms import RoomKind, State

log = structlog.get_logger(__name__)

CREATE: Final = ("m.room.create", "")


class PolicyRoom:
    """The policy room, seen by one robot."""

    def __init__(self, homeserver: Homeserver, alias: RoomAlias, bot: UserId) -> None:
        self._homeserver = homeserver
        self._alias = alias
        self._bot = bot
        self._room_id: RoomId | None = None

    async def load_directory(self) -> Directory:
        """Everybody who is somebody, as of now.

        :raises DirectoryUnreadable: if that cannot be told; then nobody may ask.
        """
        room_id = self._room_id or await self._homeserver.find_room(self._alias)
        if room_id is None:
            raise DirectoryUnreadable("there is no policy room yet")
        try:
            state = await self._homeserver.load_state(room_id)
        except MatrixRefused as refused:
            self._room_id = None
            raise DirectoryUnreadable(f"the policy room cannot be read yet ({refused.code})") from refused
        if not _is_trusted(state, self._bot):
            self._room_id = None
            raise DirectoryUnreadable("the room at that alias is not the bot's own policy room")
        self._room_id = room_id
        return parse_directory(state, self._bot)


def _is_trusted(state: State, bot: UserId) -> bool:
    create = state.get(CREATE)
    return (
        create is not None
        and create.sender == bot
        and not create.content.get("additional_creators")
        and create.content.get("m.federate") is False
        and create.content.get(KIND_KEY) == RoomKind.POLICY
    )


def parse_directory(state: State, bot: UserId) -> Directory:
    """The entries that the bot wrote and that can be understood. Whoever has none is a guest."""
    people: dict[UserId, Person] = {}
    for (event_type, state_key), event in state.items():
        if event_type != PERSON_STATE or event.sender != bot:
            continue
        try:
            person = parse_person(state_key, event.content)
        except MalformedState as fault:
            log.warning("directory.malformed_entry", entry=state_key, fault=fault.fault)
            continue
        people[person.user_id] = person
    return Directory(bot, domain_of(bot), people)
