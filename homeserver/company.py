"""Every room that people make has the bridge's bot invited into it, for all to see (rule B1).

    createRoom ─▶ the bot is put on the list of the invited, once ─▶ the rest as asked ─▶ the bridge accepts
    upgrade ────▶ a new room without a request: whoever upgraded it invites the bot right afterwards

A supervisor can come into a conversation of local people only where the bridge is: it invites them. In a room that lets
nobody invite by default (public ones) everybody may; who may come in is asked of the rules either way. Failure mode: a
request of another shape than it should have is left as it is, for Synapse to refuse.
"""

from __future__ import annotations

import logging
from typing import Any, Final, Protocol

from synapse.module_api import EventBase, ModuleApi, UserID

from homeserver.notices import Notices
from policies.names import RoomId, ServerName, UserId
from policies.people import domain_of
from policies.rooms import Membership

logger = logging.getLogger(__name__)

PAUSES_S: Final = (1, 2, 4, 8, None)
"""The room is still in the making when we hear of it."""


class Requester(Protocol):
    """Who asks; Synapse's own fits."""

    @property
    def user(self) -> UserID: ...


class Company:
    """Sees to it."""

    def __init__(self, api: ModuleApi, bot: UserId, server_name: ServerName) -> None:
        self._api = api
        self._bot = bot
        self._server_name = server_name
        api.register_third_party_rules_callbacks(on_create_room=self.on_create_room)

    async def on_create_room(self, requester: Requester, request: dict[str, Any], is_requester_admin: bool) -> None:
        """Called before anything is judged, so that what is put in here is judged too."""
        if requester.user.to_string() != self._bot:
            invite_bot(request, self._bot)

    def watch(self, notices: Notices) -> None:
        """Begin."""
        notices.watch(self.follow)

    def follow(self, event: EventBase) -> None:
        """A room that came of an upgrade. Failure mode: tried a few times, then logged: its makers can still do it."""
        is_ours = event.sender == self._bot or domain_of(UserId(event.sender)) != self._server_name
        if event.type == "m.room.create" and event.content.get("predecessor") and not is_ours:
            self._api.run_as_background_process(
                "chaperone_company", self.perform_invitation, UserId(event.sender), RoomId(event.room_id)
            )

    async def perform_invitation(self, creator: UserId, room_id: RoomId) -> None:
        """Have the bot invited by whoever made the room, unless they have done so."""
        for pause in PAUSES_S:
            try:
                await self._api.update_room_membership(creator, self._bot, room_id, Membership.INVITE.value)
                return
            except Exception as fault:
                logger.info("room=%s the bridge is not invited yet: %s", room_id, type(fault).__name__)
            if pause is not None:
                await self._api.sleep(pause)
        logger.error("room=%s the bridge is not invited", room_id)


def invite_bot(request: dict[str, Any], bot: UserId) -> None:
    """Put the bot on the list of a createRoom request, and let it invite."""
    invited = request.get("invite", [])
    powers = request.get("power_level_content_override", {})
    if not isinstance(invited, list) or not isinstance(powers, dict):
        return
    if bot not in invited:
        request["invite"] = [*invited, bot]
    request["power_level_content_override"] = {"invite": 0, **powers}
