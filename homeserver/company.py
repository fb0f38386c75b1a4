"""Every room that people make has the bridge's bot invited into it, for all to see (rule B1).

    createRoom ─▶ the bot is put on the list of the invited, once ─▶ the rest as asked ─▶ the bridge accepts

A supervisor can come into a conversation of local people only where the bridge is: it invites them. In a room that lets
nobody invite by default (public ones) everybody may; who may come in is asked of the rules either way. Failure mode: a
request of another shape than it should have is left as it is, for Synapse to refuse.
"""

from __future__ import annotations

from typing import Any, Protocol

from synapse.module_api import ModuleApi, UserID

from policies.names import UserId


class Requester(Protocol):
    """Who asks; Synapse's own fits."""

    @property
    def user(self) -> UserID: ...


class Company:
    """Sees to it."""

    def __init__(self, api: ModuleApi, bot: UserId) -> None:
        self._bot = bot
        api.register_third_party_rules_callbacks(on_create_room=self.on_create_room)

    async def on_create_room(self, requester: Requester, request: dict[str, Any], is_requester_admin: bool) -> None:
        """Called before anything is judged, so that what is put in here is judged too."""
        if requester.user.to_string() != self._bot:
            invite_bot(request, self._bot)


def invite_bot(request: dict[str, Any], bot: UserId) -> None:
    """Put the bot on the list of a createRoom request, and let it invite."""
    invited = request.get("invite", [])
    powers = request.get("power_level_content_override", {})
    if not isinstance(invited, list) or not isinstance(powers, dict):
        return
    if bot not in invited:
        request["invite"] = [*invited, bot]
    request["power_level_content_override"] = {"invite": 0, **powers}
