"""Cover: the employees whose presence in a room makes it safe for its guests (rule G3).

Cover is at least one joined, active, human employee or supervisor of this homeserver. Robots, the bridge, people of
other servers and suspended accounts are not cover.

Whatever would take the last cover away is asked here first, and refused: one person leaving one room
(`may_cover_go`), a person ceasing to be cover in all their rooms at once (`may_stop_being_cover`), and a room
being closed over everybody's head (`may_shut_down`). Who comes instead is `policies.routing.decide_cover`.
"""

from __future__ import annotations

from collections.abc import Mapping

from policies.names import Code, Role, RoomId, Rule, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import COVER_ROLES, Directory
from policies.rooms import Membership, Room, RoomKind


def is_cover(user_id: UserId, directory: Directory) -> bool:
    """Whether this person's presence makes a room safe."""
    person = directory.who_is(user_id)
    return person.is_active and person.role in COVER_ROLES and directory.is_local(user_id)


def cover_of(room: Room, directory: Directory) -> frozenset[UserId]:
    """Everybody in the room who is cover. Looked for among those who are listed: a room may hold a thousand guests."""
    return frozenset(u for u in directory.people if is_cover(u, directory) and room.membership_of(u) is Membership.JOIN)


def guests_of(room: Room, directory: Directory) -> frozenset[UserId]:
    """Everybody for whom cover must be present: the guests in the room, and the invited ones of other servers.

    Once a server is in a room, nobody can refuse it the join of somebody who is invited (rule F1).
    """
    return frozenset(
        user_id
        for user_id, member in room.members.items()
        if directory.who_is(user_id).role is Role.GUEST
        and (
            member.membership is Membership.JOIN
            or (member.membership is Membership.INVITE and not directory.is_local(user_id))
        )
    )


def is_last_cover(room: Room, directory: Directory, user_id: UserId) -> bool:
    """Whether guests in this room have this person and nobody else."""
    return cover_of(room, directory) == {user_id} and bool(guests_of(room, directory))


def may_cover_go(room: Room, directory: Directory, leaving: UserId, by: UserId | None = None) -> Verdict:
    """G3: the last cover of a room with guests may not go, by whatever way.

    Where no guest would remain nothing is refused, and someone who is no cover (a suspended or deactivated person
    among them) is always let out.

    :param by: who removes them, if they do not leave by themselves.
    """
    if not is_last_cover(room, directory, leaving):
        return ALLOW
    who = "You are" if by is None or by == leaving else f"{leaving} is"
    return Refuse(
        Rule.G3,
        Code.GUEST_ALONE,
        f"{who} the only one here for this guest, and no guest is left alone. Hand over first: write "
        "“!handover @colleague” in the staff room, or ask a colleague to join here.",
        {
            "cover": leaving,
            "guests": str(len(guests_of(room, directory))),
            "another employee in the room": "no",
        },
    )


def rooms_left_alone(rooms: Mapping[RoomId, Room], directory: Directory, person: UserId) -> tuple[RoomId, ...]:
    """The rooms whose guests have this person and nobody else: each needs a replacement before they may go."""
    return tuple(sorted(room_id for room_id, room in rooms.items() if is_last_cover(room, directory, person)))


def may_stop_being_cover(rooms: Mapping[RoomId, Room], directory: Directory, person: UserId) -> Verdict:
    """G3: nobody is suspended, demoted, deactivated or erased while a guest has only them.

    Asked before the directory changes. Once it is allowed, remove the person from their rooms before the directory
    says what they are now: somebody who is not listed any more would be a guest there, and without cover themselves.

    :param rooms: every room they are in, at least.
    """
    alone = rooms_left_alone(rooms, directory, person)
    if not alone:
        return ALLOW
    return Refuse(
        Rule.G3,
        Code.GUEST_ALONE,
        f"{person} is the only one there for a guest in {len(alone)} of their rooms, and no guest is left alone. "
        "Let a colleague join there first, or conclude the issue; then try again.",
        {"rooms": ", ".join(alone), "another employee in those rooms": "no"},
    )


def may_close_account(rooms: Mapping[RoomId, Room], directory: Directory, person: UserId) -> Verdict:
    """G3: an account is deactivated or erased only once no guest has nobody but them. The bridge's own never is."""
    if person == directory.bot:
        return Refuse(
            Rule.S2,
            Code.NOT_PERMITTED,
            "This is Chaperone's own account: without it nobody would be known as staff any more.",
            {"account": person},
        )
    return may_stop_being_cover(rooms, directory, person)


def may_shut_down(room: Room, directory: Directory) -> Verdict:
    """G3: a room is shut down or purged only once its guests were brought out, as it takes everybody with it.

    The policy room never is: everybody would be a guest, and nobody cover.
    """
    if room.kind is RoomKind.POLICY:
        return Refuse(
            Rule.S2,
            Code.NOT_PERMITTED,
            "This room says who is staff: without it nobody would be known as staff any more.",
            {"kind": room.kind},
        )
    guests = guests_of(room, directory)
    if not guests:
        return ALLOW
    return Refuse(
        Rule.G3,
        Code.GUEST_ALONE,
        "There are guests in this room. Conclude the issue and let them be removed first; then shut it down.",
        {"guests": str(len(guests))},
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
