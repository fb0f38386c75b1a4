"""May this person do this here? One function a door; each asks who somebody is of `Directory.who_is` only.

The same functions answer in Synapse's module (before an event exists), in the API, in the gateway and in the robots.
Where a rule cannot know, it refuses guests and lets staff go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from policies.asking import may_say_to_guest
from policies.content import as_mapping, text_at
from policies.cover import may_cover_go, may_guest_be_joined
from policies.federation import may_come_from_elsewhere
from policies.lifecycle import may_write_while
from policies.names import (
    ANSWER_KEY,
    NAMESPACE,
    WORDS_KEY,
    Audience,
    Code,
    Role,
    Rule,
    UserId,
)
from policies.names_shown import may_show_name
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import STAFF_ROLES, Directory, Person
from policies.power import may_change_power
from policies.rooms import CLOSED_KINDS, STAFF_KINDS, Membership, Room, RoomKind


@dataclass(frozen=True, slots=True)
class Draft:
    """An event somebody wants to send. `state_key` is None for what is no state event.

    `author` is who sent the event that a redaction would redact, None if the caller cannot know it, and `redacts_state`
    whether that is state.
    """

    type: str
    sender: UserId
    content: Mapping[str, Any] = field(default_factory=dict)
    state_key: str | None = None
    author: UserId | None = None
    redacts_state: bool = False


def has_no_power(person: Person) -> bool:
    """Guests, and whoever is suspended: least power."""
    return not (person.is_bridge or person.is_staff or (person.role is Role.ROBOT and person.is_active))


def may_act(person: Person) -> Verdict:
    """S2: the suspended do nothing but leave."""
    if person.is_active:
        return ALLOW
    return Refuse(Rule.S2, Code.SUSPENDED, "This account is suspended.", {"standing": person.standing})


def _may_if_staff(person: Person, to_do: str) -> Verdict:
    if person.is_bridge or person.is_staff:
        return ALLOW
    if not person.is_active:
        return may_act(person)
    if person.role is Role.ROBOT:
        return Refuse(Rule.R1, Code.ROBOTS_MAY_NOT, f"Robots may not {to_do}.", {"role": person.role})
    return Refuse(Rule.G1, Code.GUESTS_MAY_NOT, f"Guests may not {to_do}.", {"role": person.role})


def may_create_room(person: Person) -> Verdict:
    """G1: guests make no rooms and no spaces. Robots need none."""
    return _may_if_staff(person, "create a room")


def may_name_room(person: Person) -> Verdict:
    """G1: guests give no room an alias."""
    return _may_if_staff(person, "give a room an address")


def may_publish_room(person: Person) -> Verdict:
    """G1: guests put no room into the public list."""
    return _may_if_staff(person, "publish a room")


def may_search_people(person: Person) -> Verdict:
    """G1: guests find nobody in the user directory."""
    return _may_if_staff(person, "search for people")


def may_knock(person: Person) -> Verdict:
    """G1: guests do not ask to join."""
    return _may_if_staff(person, "ask to join a room")


def may_invite_by_address(person: Person) -> Verdict:
    """G1, G2: nobody is invited by e-mail or telephone number, as nobody could tell whether that is a guest."""
    allowed = _may_if_staff(person, "invite")
    if not allowed or person.is_bridge:
        return allowed
    return Refuse(
        Rule.G2,
        Code.NOT_PERMITTED,
        "People are not invited by e-mail or telephone number here. Make an invitation link in Chaperone instead.",
        {"by user id": "no"},
    )


def may_break_in(person: Person) -> Verdict:
    """B1: supervisors alone enter the rooms of an issue uninvited. Announcing it and the audit log are the desk's."""
    if person.has_rank(Role.SUPERVISOR):
        return ALLOW
    return Refuse(
        Rule.B1,
        Code.SUPERVISORS_ONLY,
        "Only supervisors may enter a room without being invited.",
        {"role": person.role, "standing": person.standing},
    )


def may_log_in(person: Person, *, by_own_secret: bool) -> Verdict:
    """S2: the suspended do not log in, nor does the bridge's own user; robots do by their own secret, not as people."""
    if person.is_bridge:
        return Refuse(Rule.S2, Code.NOT_PERMITTED, "The bridge's own user has no login.", {"role": person.role})
    if not person.is_active:
        return may_act(person)
    if person.role is Role.ROBOT and not by_own_secret:
        return Refuse(
            Rule.R1, Code.ROBOTS_MAY_NOT, "Robots log in by their own secret only.", {"by its own secret": "no"}
        )
    return ALLOW


def may_send(draft: Draft, room: Room, directory: Directory) -> Verdict:
    """Every rule that an event can break, asked before it exists."""
    sender = directory.who_is(draft.sender)
    allowed = _may_write_keys(draft, sender)
    if not allowed:
        return allowed
    if draft.state_key is None:
        return _may_say(draft, sender, room, directory)
    if draft.type == "m.room.member":
        return _may_change_membership(draft, sender, room, directory)
    return _may_set_state(draft, sender, room, directory)


_WRITERS: Final[Mapping[str, frozenset[Role]]] = {
    ANSWER_KEY: frozenset({Role.ROBOT}),
    # The bridge posts what was written over the gateway as who wrote it, guest or staff; the key is a random id that
    # says nothing and claims nothing.
    WORDS_KEY: frozenset({Role.GUEST, *STAFF_ROLES}),
}


def _may_write_keys(draft: Draft, sender: Person) -> Verdict:
    """Keys and types of our namespace are written by their rightful writer alone, in every room."""
    if sender.is_bridge:
        return ALLOW
    if draft.type.startswith(NAMESPACE):
        return _not_the_writer(draft.type)
    content = as_mapping(draft.content)
    for key in (*content, *as_mapping(content.get("m.new_content"))):
        if str(key).startswith(NAMESPACE) and sender.role not in _WRITERS.get(key, frozenset()):
            return _not_the_writer(key)
    return ALLOW


def _not_the_writer(name: str) -> Refuse:
    return Refuse(Rule.S2, Code.NOT_THE_WRITER, f"“{name}” is not yours to write.", {"name": name})


def _may_set_state(draft: Draft, sender: Person, room: Room, directory: Directory) -> Verdict:
    """G1: guests change no state, in whatever room. In our rooms only the bridge does."""
    if sender.is_bridge:
        return ALLOW
    if has_no_power(sender):
        return _may_if_staff(sender, "change the settings of a room")
    if room.kind is not RoomKind.OTHER:
        return Refuse(
            Rule.S2,
            Code.BRIDGE_WRITES_THIS,
            "The settings of this room are kept by Chaperone; use its commands (“!help”) instead.",
            {"kind": room.kind},
        )
    if draft.type == "m.room.third_party_invite":
        return may_invite_by_address(sender)
    if draft.type == "m.room.power_levels":
        return may_change_power(as_mapping(draft.content), room, directory)
    return ALLOW


def _may_say(draft: Draft, sender: Person, room: Room, directory: Directory) -> Verdict:
    """Whoever may be here may speak here, within the rules for what they say."""
    allowed = may_be_in(sender, room)
    if allowed and room.issue is not None:
        allowed = may_write_while(room.issue.status, sender, room.issue.conclusion)
    if allowed and draft.type == "m.room.redaction":
        allowed = may_redact(sender, draft.author) and _may_redact_state(draft, sender, room)
    if allowed and draft.type == "m.room.message":
        allowed = may_say_to_guest(sender, as_mapping(draft.content), room, directory)
    return allowed


def may_redact(sender: Person, author: UserId | None) -> Verdict:
    """G1: guests take back what they said themselves, and nothing that others said.

    Where the author is not known a guest is refused and staff go on.
    """
    if not sender.is_guest or author == sender.user_id:
        return ALLOW
    return Refuse(
        Rule.G1,
        Code.GUESTS_MAY_NOT,
        "Guests may not delete what others wrote.",
        {"author": "not known" if author is None else "somebody else"},
    )


def _may_redact_state(draft: Draft, sender: Person, room: Room) -> Verdict:
    """S2: in our rooms state is the bridge's to write, and what is left of it after a redaction would be another."""
    if not draft.redacts_state or sender.is_bridge or room.kind is RoomKind.OTHER:
        return ALLOW
    return Refuse(
        Rule.S2,
        Code.BRIDGE_WRITES_THIS,
        "The settings of this room are kept by Chaperone, so nobody else deletes them.",
        {"kind": room.kind, "a message": "no"},
    )


def may_be_in(person: Person, room: Room) -> Verdict:
    """R1, S2: robots in no guest room; in the rooms of staff nobody but listed, active staff and staff robots."""
    if person.is_bridge:
        return ALLOW
    if not person.is_active:
        return may_act(person)
    if person.role is Role.ROBOT:
        if room.kind is RoomKind.GUEST:
            return Refuse(Rule.R1, Code.ROBOTS_STAY_OUT, "Robots are never in a guest's room.", {"kind": room.kind})
        if room.kind in STAFF_KINDS and person.audience is not Audience.STAFF:
            return Refuse(
                Rule.S2, Code.STAFF_ONLY, "Only staff robots may be here.", {"audience": str(person.audience)}
            )
        return ALLOW
    if room.kind in STAFF_KINDS and not person.is_staff:
        return Refuse(
            Rule.S2,
            Code.STAFF_ONLY,
            "Only listed, active staff may be in this room.",
            {"role": person.role, "standing": person.standing},
        )
    return ALLOW


def _may_change_membership(draft: Draft, sender: Person, room: Room, directory: Directory) -> Verdict:
    content = as_mapping(draft.content)
    target = directory.who_is(UserId(str(draft.state_key)))
    name = text_at(content, "displayname")
    match text_at(content, "membership"):
        case Membership.INVITE:
            # Matrix's own rules refuse to invite who is joined, which would take them out; ours do not lean on that.
            return (
                may_invite(sender, target, room, directory)
                and may_show_name(target, name, room, directory)
                and may_cover_go(room, directory, target.user_id, sender.user_id)
            )
        case Membership.JOIN:
            return (
                _may_only_oneself(sender, target)
                and may_join(target, room, directory)
                and may_show_name(target, name, room, directory)
            )
        case Membership.KNOCK:
            return (
                _may_only_oneself(sender, target)
                and may_knock(sender)
                and may_cover_go(room, directory, target.user_id)
            )
        case Membership.LEAVE:
            return _may_be_named(target, room) and may_remove(sender, target, room, directory)
        case Membership.BAN:
            return (
                _may_if_staff(sender, "ban anybody")
                and _may_be_named(target, room)
                and may_remove(sender, target, room, directory)
            )
        case _:
            return Refuse(Rule.A1, Code.NOT_PERMITTED, "There is no such membership.", {"membership": "unknown"})


def _may_be_named(target: Person, room: Room) -> Verdict:
    """R1, G4: a guest is not told of a robot or of another guest by a ban of somebody who never was in their room."""
    if room.kind is not RoomKind.GUEST or target.user_id in room.members:
        return ALLOW
    if target.role is Role.ROBOT:
        return Refuse(
            Rule.R1,
            Code.ROBOTS_STAY_OUT,
            "Robots are never in a guest's room, so there is none to remove.",
            {"kind": room.kind, "was here": "no"},
        )
    if target.is_guest:
        return Refuse(
            Rule.G4,
            Code.ONE_GUEST_HERE,
            "This guest never was in this room, and its guest is not to hear of others.",
            {"was here": "no"},
        )
    return ALLOW


def _may_only_oneself(sender: Person, target: Person) -> Verdict:
    if sender.user_id == target.user_id:
        return ALLOW
    return Refuse(
        Rule.A1,
        Code.NOT_PERMITTED,
        "People come in by themselves; others can only invite them.",
        {"sender": sender.user_id, "who comes in": target.user_id},
    )


def may_invite(sender: Person, target: Person, room: Room, directory: Directory) -> Verdict:
    """G1, G2, G4, R1, S2, F1: who may be brought where, and by whom.

    To a lounge guests are invited ahead of cover, but for those of other servers: nobody may be asked when they come.
    """
    allowed = _may_if_staff(sender, "invite") and may_be_in(target, room) and _may_open(sender, room)
    if allowed and target.is_guest:
        allowed = may_meet_guests(target, room, directory)
    if allowed and target.is_guest and not (room.kind is RoomKind.LOUNGE and directory.is_local(target.user_id)):
        allowed = may_guest_be_joined(room, directory)
    return allowed and may_come_from_elsewhere(target, room, directory)


def _may_open(sender: Person, room: Room) -> Verdict:
    """S2: a chat of two stays one, so that both know who reads it."""
    if room.kind not in CLOSED_KINDS or sender.is_bridge:
        return ALLOW
    return Refuse(
        Rule.S2,
        Code.NOT_PERMITTED,
        "Nobody is brought into this chat. Open a group for several.",
        {"kind": room.kind},
    )


def may_join(person: Person, room: Room, directory: Directory) -> Verdict:
    """G2, G4, R1, S2, F1: a guest comes where the bridge or staff invited them, and only while cover is present.

    Somebody who is in the room already may be: this is their new name or picture.
    """
    if room.membership_of(person.user_id) is Membership.JOIN or not person.is_active:
        return may_act(person)
    if person.is_guest and not _is_invited_by_staff(person, room, directory):
        # asked before anything about the room, of which an uninvited guest is told nothing
        return Refuse(
            Rule.G2,
            Code.GUESTS_ARE_INVITED,
            "Guests come in by an invitation of the staff only.",
            {"invited by staff": "no"},
        )
    allowed = may_be_in(person, room)
    if allowed and person.is_guest:
        allowed = may_meet_guests(person, room, directory) and may_guest_be_joined(room, directory)
    return allowed and may_come_from_elsewhere(person, room, directory)


def _is_invited_by_staff(person: Person, room: Room, directory: Directory) -> bool:
    member = room.members.get(person.user_id)
    if member is None or member.membership is not Membership.INVITE:
        return False
    inviter = directory.who_is(member.sender)
    return inviter.is_bridge or inviter.is_staff


def may_meet_guests(guest: Person, room: Room, directory: Directory) -> Verdict:
    """G4: a guest sees no other guest, but in a lounge and in a group issue. The invited count as being there."""
    if room.kind is RoomKind.LOUNGE or room.is_group:
        return ALLOW
    for user_id, member in room.members.items():
        is_expected = member.membership in (Membership.JOIN, Membership.INVITE)
        if is_expected and user_id != guest.user_id and directory.who_is(user_id).is_guest:
            return Refuse(
                Rule.G4,
                Code.ONE_GUEST_HERE,
                "This room is for one guest. Guests meet in lounges and group issues only.",
                {"other guests": "yes", "group": "no"},
            )
    return ALLOW


def may_remove(sender: Person, target: Person, room: Room, directory: Directory) -> Verdict:
    """G1, G3, B1: guests and robots remove nobody but themselves; nobody removes the last cover, themselves included,
    or the bridge, by which supervisors come in.
    """
    if target.is_bridge and not sender.is_bridge:
        return Refuse(
            Rule.B1,
            Code.NOT_PERMITTED,
            "Chaperone stays in every room, so that a supervisor can be asked in.",
            {"who": "Chaperone"},
        )
    if sender.user_id != target.user_id:
        allowed = _may_if_staff(sender, "remove others")
        if not allowed:
            return allowed
    return may_cover_go(room, directory, target.user_id, sender.user_id)
