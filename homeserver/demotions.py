"""Somebody is about to be no cover any more: their entry in the directory is being written (rules G3, S2).

    the bridge writes the entry ─▶ whose guests have this person and nobody else? ─▶ those guests are taken out
                                                                                    ─▶ the entry comes into being

The bridge finds somebody in their place first, in the rooms of issues. What is left are rooms that people made among
themselves, which the bridge does not keep, and whatever a fault has left over. No guest stays alone there, and no
suspension waits for anybody. From the question on the person counts as gone, and each room is looked at when nobody is
coming or going in it.

Failure mode: a guest who cannot be taken out is logged, and the entry is written all the same: whoever has to be shut
out must not be able to prevent it by having a guest with them.
"""

from __future__ import annotations

import logging
from typing import Final

from synapse.module_api import EventBase

from homeserver.closed_accounts import ClosedAccounts
from homeserver.directory import PolicyRoom
from homeserver.internals import Internals
from homeserver.room_states import RoomStates
from homeserver.turns import Turns
from policies.cover import cover_of, guests_of, is_cover
from policies.errors import MalformedState
from policies.names import PERSON_KEY_PREFIX, PERSON_STATE, RoomId, UserId
from policies.people import Directory, Person, parse_person

logger = logging.getLogger(__name__)

REASON: Final = "Nobody of us can stay with you here at the moment."


class Demotions:
    """Looks after the guests of whoever ceases to be cover."""

    def __init__(
        self,
        internals: Internals,
        policy_room: PolicyRoom,
        rooms: RoomStates,
        closed: ClosedAccounts,
        turns: Turns,
    ) -> None:
        self._internals = internals
        self._policy_room = policy_room
        self._rooms = rooms
        self._closed = closed
        self._turns = turns

    async def precede(self, event: EventBase) -> None:
        """Called with an allowed event that does not exist yet."""
        state_key = event.get_state_key() or ""
        if event.type != PERSON_STATE or not state_key.startswith(PERSON_KEY_PREFIX):
            return
        if await self._policy_room.find() != event.room_id:
            return
        directory = await self._policy_room.load_directory()
        person = UserId(state_key.removeprefix(PERSON_KEY_PREFIX))
        stays = is_cover(person, _after(directory, person, state_key, event))
        if not is_cover(person, directory):
            if stays:
                self._closed.recall(person)  # back again, perhaps a moment after they went
            return
        if stays:
            return
        self._closed.announce(person)
        for room_id in await self._internals.rooms_of(person):
            for guest in await self._load_guests_left_alone(room_id, directory, person):
                await self._perform_removal(room_id, guest, person, directory)

    async def _load_guests_left_alone(self, room_id: RoomId, directory: Directory, person: UserId) -> list[UserId]:
        async with self._turns.take(room_id):
            room = await self._rooms.load_now(room_id)
        others = cover_of(room, directory) - {person}
        return [] if others - await self._closed.find(others) else sorted(guests_of(room, directory))

    async def _perform_removal(self, room_id: RoomId, guest: UserId, person: UserId, directory: Directory) -> None:
        # nobody here can act as somebody of another server, and those are in rooms of the bot only
        sender = guest if directory.is_local(guest) else directory.bot
        try:
            await self._internals.perform_removal(sender, guest, room_id, REASON)
            logger.warning("room=%s guest=%s taken out: %s is no cover any more", room_id, guest, person)
        except Exception:
            logger.exception("room=%s guest=%s not taken out, and %s is no cover any more", room_id, guest, person)


def _after(directory: Directory, user_id: UserId, state_key: str, event: EventBase) -> Directory:
    """The directory as the entry would make it."""
    others = {known: person for known, person in directory.people.items() if known != user_id}
    try:
        listed: dict[UserId, Person] = {user_id: parse_person(state_key, event.content)}
    except MalformedState:
        listed = {}
    return Directory(directory.bot, directory.server_name, {**others, **listed})
