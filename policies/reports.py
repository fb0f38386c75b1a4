"""``chat.chaperone.refused``: what the module refused and the bridge has an answer to, told in the policy room.

The bridge finds somebody in place of the last cover, and says in the staff room where robots are asked.
"""

from __future__ import annotations

from typing import Any, Final

from policies.names import Code, RoomId, UserId
from policies.outcomes import Refuse

REPORTED: Final = frozenset({Code.GUEST_ALONE, Code.ASK_IN_STAFF_ROOM})


def build_report(refuse: Refuse, room_id: RoomId, actor: UserId, target: UserId | None = None) -> dict[str, Any]:
    """The content of the event.

    ``room`` where, ``actor`` who wanted it, ``rule`` and ``code`` why not; ``target`` who was to go, if that is known
    (the actor, if they wanted to leave); ``robot`` whom a message addressed, if it named one.
    """
    content = {"room": room_id, "actor": actor, "rule": refuse.rule.value, "code": refuse.code.value}
    named = {"target": target or refuse.facts.get("cover", ""), "robot": refuse.facts.get("addressed", "")}
    return content | {key: user_id for key, user_id in named.items() if user_id.startswith("@")}
