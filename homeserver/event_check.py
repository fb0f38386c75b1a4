"""Whether an event may come into being: every event that is made here, memberships included. This is the hot path.

    anything but a membership ─▶ facts of the room (remembered) ─▶ policies ─▶ verdict            nothing is awaited
    a membership ─▶ the memberships that matter ─▶ policies ─▶ verdict
                        └ whose of the cover is closed in Synapse? ─▶ asked again without them
                        └ the event leaves loose ends out?         ─▶ asked again of the room as it is now

Two leaves at one moment are two events one after the other: Synapse makes the memberships of a room in turn
(`homeserver.turns` says how that holds over workers), and the second builds on the first.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from synapse.module_api import EventBase

from homeserver.closed_accounts import ClosedAccounts
from homeserver.drafts import Drafts
from homeserver.room_states import MOST_PARENTS, Context, NotRead, RoomStates
from policies.cover import cover_of
from policies.names import RoomId, UserId
from policies.outcomes import Verdict
from policies.people import Directory
from policies.permissions import Draft, may_send
from policies.rooms import Room

MEMBER: Final = "m.room.member"


class EventCheck:
    """Asks the rules about an event, in the room that it is made for."""

    def __init__(self, rooms: RoomStates, drafts: Drafts, closed: ClosedAccounts) -> None:
        self._rooms = rooms
        self._drafts = drafts
        self._closed = closed

    async def may_happen(self, event: EventBase, context: Context, directory: Directory) -> Verdict:
        """Whether the rules allow it."""
        draft = await self._drafts.load(event)
        if draft.type == MEMBER and draft.state_key is not None:
            return await self._may_change_membership(draft, event, context, directory)
        facts = self._rooms.recall_facts(context) or await self._rooms.load_facts(context)
        try:
            return may_send(draft, facts.room, directory)
        except NotRead:
            return await self._rooms.ask_before(context, (), lambda room: may_send(draft, room, directory))

    async def _may_change_membership(
        self, draft: Draft, event: EventBase, context: Context, directory: Directory
    ) -> Verdict:
        people = {draft.sender, UserId(str(draft.state_key)), *directory.people}

        def ask(room: Room, closed: Collection[UserId] = ()) -> tuple[Verdict, frozenset[UserId]]:
            known = directory.without(closed)
            return may_send(draft, room, known), cover_of(room, known)

        verdict, cover = await self._rooms.ask_before(context, people, ask)
        closed = await self._closed.find(cover)
        if closed:
            verdict, _ = await self._rooms.ask_before(context, people, lambda room: ask(room, closed))
        if verdict and len(event.prev_event_ids()) >= MOST_PARENTS:
            verdict, _ = await self._rooms.ask_now(RoomId(event.room_id), people, lambda room: ask(room, closed))
        return verdict
