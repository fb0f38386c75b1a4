"""Asking a robot: who may, where, and how often robots may speak to each other (rules R2, R3)."""

from __future__ import annotations

from typing import Final

from policies.names import Audience, Code, Role, Rule
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Person
from policies.rooms import Room, RoomKind

HOP_LIMIT: Final = 1
"""How many robots may stand between a person's question and an answer."""


def may_ask(actor: Person, robot: Person, room: Room, hops: int = 0) -> Verdict:
    """R2: employees and above ask a staff robot, in a staff room or a direct chat with it. R3: robots hardly ever."""
    if robot.audience is not Audience.STAFF:
        return ALLOW
    if actor.role is Role.ROBOT:
        if hops <= HOP_LIMIT:
            return ALLOW
        return Refuse(Rule.R3, Code.ROBOTS_MAY_NOT, "Robots do not go on answering robots.", {"hops": str(hops)})
    if not actor.has_rank(Role.EMPLOYEE):
        return Refuse(Rule.R2, Code.STAFF_ONLY, "Only employees may ask this robot.", {"role": actor.role})
    if room.kind is RoomKind.STAFF or (room.kind is RoomKind.OTHER and len(set(room.joined())) == 2):
        return ALLOW
    return Refuse(
        Rule.R2,
        Code.ASK_IN_STAFF_ROOM,
        "Robots answer in the staff room of an issue, or in a direct chat with you.",
        {"kind": room.kind},
    )
