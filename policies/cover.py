"""Cover: the employees whose presence in a room makes it safe for its guests (rule G3).

Cover is at least one joined, active, human employee or supervisor of this homeserver. Robots, the bridge, people of
other servers and suspended accounts are not cover.
"""

from __future__ import annotations

from policies.names import Code, Role, Rule, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import COVER_ROLES, Directory
from policies.rooms import Room


def is_cover(user_id: UserId, directory: Directory) -> bool:
    """Whether this person's presence makes a room safe."""
    person = directory.who_is(user_id)
    return person.is_active and person.role in COVER_ROLES and directory.is_local(user_id)


def cover_of(room: Room, directory: Directory) -> frozenset[UserId]:
    """Everybody in the room who is cover."""
    return frozenset(u for u in room.joined() if is_cover(u, directory))


def guests_of(room: Room, directory: Directory) -> frozenset[UserId]:
    """Everybody in the room for whom cover must be present."""
    return frozenset(u for u in room.joined() if directory.who_is(u).role is Role.GUEST)


def may_cover_go(room: Room, directory: Directory, leaving: UserId) -> Verdict:
    """G3: the last cover of a room with guests may not go, by whatever way.

    Where no guest would remain nothing is refused, and someone who is no cover (a suspended or deactivated person
    among them) is always let out.
    """
    cover = cover_of(room, directory)
    if leaving not in cover or cover != {leaving} or not guests_of(room, directory):
        return ALLOW
    return Refuse(
        Rule.G3,
        Code.GUEST_ALONE,
        "You are the only one here for this guest, and no guest is left alone. Hand over first: write "
        "“!handover @colleague” in the staff room (or ask a colleague to join here), then leave.",
        {
            "cover": ", ".join(sorted(cover)),
            "guests": str(len(guests_of(room, directory))),
            "another employee in the room": "no",
        },
    )


def may_guest_be_joined(room: Room, directory: Directory) -> Verdict:
    """G2, G3: a guest comes in only where cover is present at that moment."""
    if cover_of(room, directory):
        return ALLOW
    return Refuse(
        Rule.G3,
        Code.NO_COVER,
        "Nobody of the staff is in this room at the moment, so a guest cannot be brought in.",
        {"cover": "nobody"},
    )
