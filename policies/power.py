"""Power levels that people set in rooms of their own, where a guest is present (rules G1, G3).

In the bridge's rooms nobody else sets power levels at all. In a room that staff made among themselves they may, and
two things must not come of it: a guest with power over the room, and cover without a voice. Membership events of
other servers' users are never put to us before they are accepted, so against those power levels are the only veto.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from policies.content import as_mapping
from policies.cover import cover_of
from policies.names import Code, Role, Rule, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Directory
from policies.rooms import Membership, Room

POWERS: Final = MappingProxyType({"invite": 0, "kick": 50, "ban": 50, "redact": 50, "state_default": 50})
"""What needs a level, and the level the specification takes where content names none (client-server API)."""
PRESENT: Final = frozenset({Membership.JOIN, Membership.INVITE, Membership.KNOCK})


def may_change_power(content: Mapping[str, Any], room: Room, directory: Directory) -> Verdict:
    """G1: no guest is given power over a room. G3: those who are cover there keep their voice."""
    guests = [
        user_id
        for user_id, member in room.members.items()
        if member.membership in PRESENT and directory.who_is(user_id).role is Role.GUEST
    ]
    if not guests:
        return ALLOW
    for power, usual in POWERS.items():
        needed = _level(content.get(power), usual)
        if any(_level_of(guest, content, room) >= needed for guest in guests):
            return Refuse(
                Rule.G1,
                Code.GUESTS_MAY_NOT,
                f"This would give a guest power over the room: set “{power}” higher than any guest's level.",
                {power: str(needed)},
            )
    cover = cover_of(room, directory)
    to_speak = _level(as_mapping(content.get("events")).get("m.room.message"), _level(content.get("events_default"), 0))
    if cover and not any(_level_of(person, content, room) >= to_speak for person in cover):
        return Refuse(
            Rule.G3,
            Code.GUEST_ALONE,
            "This would silence everybody who is here for the guest, and no guest is left alone.",
            {"m.room.message": str(to_speak)},
        )
    return ALLOW


def _level(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _level_of(user_id: UserId, content: Mapping[str, Any], room: Room) -> float:
    """A user's level. The creator of a version 12 room is not listed and stands above all numbers."""
    listed = as_mapping(content.get("users")).get(user_id)
    if listed is None and user_id == room.creator:
        return float("inf")
    return _level(listed, _level(content.get("users_default"), 0))
