"""Staff are joined where the bridge's bot invites them: the bot has no power over accounts, the module has.

    bot's invitation with `chat.chaperone.join` ─▶ told of ─▶ in the background: listed, local, may be in? ─▶ join
                                                               └─ failed: again after 1, 2, 4 … seconds
    Synapse starts ─▶ the same for every such invitation that is still open: it died between invitation and join

Only the bot's own invitations, in rooms of any kind; who may be in the room is decided anew.
"""

from __future__ import annotations

import logging
from typing import Final

from synapse.module_api import EventBase, ModuleApi
from synapse.module_api.errors import SynapseError

from homeserver.directory import PolicyRoom
from homeserver.internals import Internals
from homeserver.module_config import ModuleConfig
from homeserver.notices import Notices
from homeserver.room_states import RoomStates
from policies.names import JOIN_KEY, EventId, RoomId, UserId
from policies.people import domain_of
from policies.permissions import may_be_in
from policies.rooms import Membership, Room

logger = logging.getLogger(__name__)

PAUSES_S: Final = (1, 2, 4, 8, 16, 32)
SWEEP_AFTER_MS: Final = 1000.0


class Arrivals:
    """Joins people for whom the bot asked."""

    def __init__(
        self, api: ModuleApi, internals: Internals, config: ModuleConfig, policy_room: PolicyRoom, rooms: RoomStates
    ) -> None:
        self._api = api
        self._internals = internals
        self._bot = config.bot
        self._server_name = config.server_name
        self._policy_room = policy_room
        self._rooms = rooms

    def watch(self, notices: Notices) -> None:
        """Begin. With workers one process of them is enough."""
        if self._api.worker_name is not None:
            return
        notices.watch(self.follow)
        self._api.delayed_background_call(SWEEP_AFTER_MS, self.perform_missed, desc="chaperone_missed_arrivals")

    def follow(self, event: EventBase) -> None:
        """Failure mode: the join is tried again, and at the next start once more; the invitation stays open."""
        if self._asks_for_join(event):
            self._api.run_as_background_process(
                "chaperone_arrival", self.perform_join, UserId(event.state_key), RoomId(event.room_id)
            )

    def _asks_for_join(self, event: EventBase) -> bool:
        return (
            event.type == "m.room.member"
            and event.sender == self._bot
            and event.content.get("membership") == Membership.INVITE
            and bool(event.content.get(JOIN_KEY))
            and domain_of(UserId(event.get_state_key() or "")) == self._server_name
        )

    async def perform_join(self, user_id: UserId, room_id: RoomId) -> None:
        """Join one person, unless the rules or a newer membership say otherwise."""
        for pause in (*PAUSES_S, None):
            try:
                if await self._may_arrive(user_id, room_id):
                    await self._api.update_room_membership(user_id, user_id, room_id, Membership.JOIN.value)
                return
            except SynapseError as refused:
                if refused.code == 403:
                    logger.warning("room=%s user=%s not joined: %s %s", room_id, user_id, refused.errcode, refused.msg)
                    return
                logger.warning("room=%s user=%s not joined yet: %s", room_id, user_id, refused.errcode)
            except Exception:
                logger.exception("room=%s user=%s not joined yet", room_id, user_id)
            if pause is not None:
                await self._api.sleep(pause)
        logger.error("room=%s user=%s given up; the invitation stays open", room_id, user_id)

    async def _may_arrive(self, user_id: UserId, room_id: RoomId) -> bool:
        person = (await self._policy_room.load_directory()).who_is(user_id)

        def ask(room: Room) -> bool | None:
            if room.membership_of(user_id) is not Membership.INVITE:
                return None
            return not person.is_guest and bool(may_be_in(person, room))

        allowed = await self._rooms.ask_now(room_id, [user_id], ask)
        if allowed is False:
            logger.warning("room=%s user=%s not joined: %s may not be there", room_id, user_id, person.role)
        return bool(allowed)

    async def perform_missed(self) -> None:
        """Join whoever was invited in the moment Synapse died."""
        directory = await self._policy_room.load_directory()
        for user_id in sorted(directory.people):
            if not directory.is_local(user_id):
                continue
            for room_id, event_id in await self._internals.invitations_of(user_id):
                invitation = (await self._internals.events([EventId(event_id)])).get(event_id)
                if invitation is not None and self._asks_for_join(invitation):
                    await self.perform_join(user_id, room_id)
