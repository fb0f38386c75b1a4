"""What was refused and the bridge should act on, written into the policy room afterwards.

A rule may not wait for anyone, so the refusal goes to the client at once and the report follows in the background: one
event for each (room, actor, rule, and who was to go) a minute. Failure mode: a report that cannot be written is logged,
and the next refusal of the same kind is reported again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from synapse.module_api import ModuleApi

from homeserver.directory import PolicyRoom
from policies.names import REFUSED_EVENT, RoomId, Rule, UserId
from policies.outcomes import Refuse
from policies.reports import REPORTED, build_report

logger = logging.getLogger(__name__)

PAUSE_MS: Final = 60_000
KEPT: Final = 10_000

Kind = tuple[RoomId, UserId, Rule, str | None]


class Reports:
    """Writes `chat.chaperone.refused`."""

    def __init__(self, api: ModuleApi, policy_room: PolicyRoom, bot: UserId) -> None:
        self._api = api
        self._policy_room = policy_room
        self._bot = bot
        self._written: dict[Kind, int] = {}

    def report(self, refuse: Refuse, room_id: RoomId, actor: UserId, target: UserId | None = None) -> None:
        """Write it soon, unless the bridge was told within the last minute.

        :param target: who was to go, where the refusal itself does not say it.
        """
        if refuse.code not in REPORTED:
            return
        content = build_report(refuse, room_id, actor, target)
        kind = (room_id, actor, refuse.rule, content.get("target"))
        now = self._api.get_current_time_msec()
        if now - self._written.get(kind, -PAUSE_MS) < PAUSE_MS:
            return
        if len(self._written) >= KEPT:
            self._written = {k: at for k, at in self._written.items() if now - at < PAUSE_MS}
        self._written[kind] = now
        self._api.run_as_background_process("chaperone_report", self._write, kind, content)

    async def _write(self, kind: Kind, content: Mapping[str, Any]) -> None:
        try:
            policy_room = await self._policy_room.find()
            if policy_room is not None:
                await self._api.create_and_send_event_into_room(
                    {
                        "type": REFUSED_EVENT,
                        "room_id": policy_room,
                        "sender": self._bot,
                        "content": dict(content),
                    }
                )
        except Exception:
            self._written.pop(kind, None)
            logger.exception("room=%s actor=%s rule=%s refusal not reported", *kind[:3])
