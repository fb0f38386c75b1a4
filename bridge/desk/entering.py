"""Coming into rooms: a supervisor by a break-in, and the bridge itself where it is invited to a room that people made.

    Enter    invited by the bridge, joined by the module ─▶ announced in the room
    StepIn   invitation accepted ─▶ the room's state taken over: its name, who is in it, whether it is encrypted

The homeserver's module has the bridge invited to every room that staff make, for all to see, so that no conversation
between local people is beyond a supervisor's reach.
"""

from __future__ import annotations

from typing import Final

import structlog

from bridge.desk.cards import build_notice
from bridge.desk.joining import Joiner
from bridge.errors import MatrixMissing, MatrixRefused
from bridge.ports import Homeserver, IncomingEvent, OutboxRow, RoomRecord, Store
from policies.actions import Enter, StepIn
from policies.content import text_at
from policies.names import Role, UserId
from policies.rooms import Membership, RoomKind, parse_room

log = structlog.get_logger()
MEMBER: Final = "m.room.member"


class Entering:
    """Performs both."""

    def __init__(self, store: Store, homeserver: Homeserver, joiner: Joiner) -> None:
        self._store = store
        self._homeserver = homeserver
        self._joiner = joiner

    async def enter(self, row: OutboxRow, action: Enter) -> None:
        """Somebody breaks in. Whoever is there already is not announced again; whoever may no longer is not let in."""
        async with self._store.read() as tx:
            person = (await tx.principals.directory()).who_is(action.user_id)
        if not person.has_rank(Role.SUPERVISOR):
            return
        membership = await self._homeserver.load_membership(action.room_id, action.user_id)
        if membership is Membership.JOIN and row.attempts == 0:
            return
        try:
            await self._joiner.join(action.room_id, action.user_id, row.attempts)
        except MatrixRefused as refused:
            async with self._store.read() as tx:
                room = await tx.rooms.load(action.room_id)
            if room is not None and room.kind is not RoomKind.OTHER:
                raise
            log.warning("breakin.refused", room=action.room_id, user=action.user_id, errcode=refused.errcode)
            return  # whoever made the room lets nobody invite, the bridge included
        if action.announce:
            async with self._store.read() as tx:
                profiles = await tx.principals.profiles([action.user_id])
            name = profiles[action.user_id].display_name if action.user_id in profiles else action.user_id
            notice = build_notice(f"{name}, a supervisor, has come in.")
            await self._homeserver.send(action.room_id, "m.room.message", notice, f"{row.key}.entered")

    async def step_in(self, row: OutboxRow, action: StepIn) -> None:
        """The bridge comes in. A room that is gone by then, or no longer has it invited, is left alone."""
        async with self._store.read() as tx:
            bot = (await tx.principals.directory()).bot
        try:
            await self._homeserver.join(action.room_id, bot)
            state = await self._homeserver.load_whole_state(action.room_id)
        except (MatrixRefused, MatrixMissing) as fault:
            log.info("stepin.left_out", room=action.room_id, errcode=fault.errcode)
            return
        events = sorted(state.values(), key=lambda event: (event.origin_server_ts, event.event_id))
        name = text_at(_content(state.get(("m.room.name", ""))), "name")
        async with self._store.write() as tx:
            await tx.rooms.add(RoomRecord(action.room_id, parse_room(state, bot).kind, None, name or None))
            if name:
                await tx.rooms.set_name(action.room_id, name)
            for stored in await tx.events.add(events):
                event = stored.event
                membership = text_at(event.content, "membership")
                if event.type == MEMBER and event.state_key is not None and membership in {*Membership}:
                    await tx.rooms.set_member(
                        action.room_id, UserId(event.state_key), Membership(membership), stored.seq
                    )


def _content(event: IncomingEvent | None) -> dict[str, object]:
    return {} if event is None else dict(event.content)
