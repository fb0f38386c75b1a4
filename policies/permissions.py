"""May this person do this here? One function a door; each asks who somebody is of `Directory.who_is` only.

The same functions answer in Synapse's module (before an event exists), in the API, in the gateway and in the robots.
Where a rule cannot know, it refuses guests and lets staff go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from policies.cover import may_cover_go, may_guest_be_joined
from policies.issue import Status
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
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Directory, Person
from policies.rooms import STAFF_KINDS, Membership, Room, RoomKind


@dataclass(frozen=True, slots=True)
class Draft:
    """An event somebody wants to send. `state_key` is None for what is no state event."""

    type: str
    sender: UserId
    content: Mapping[str, Any] = field(default_factory=dict)
    state_key: str | None = None


def has_no_power(person: Person) -> bool:
    """Guests, and whoever is suspended: least power."""
    return not (person.is_bridge or person.is_staff or (person.role is Role.ROBOT and person.is_active))


def _refuse_guest(rule: Rule, person: Person, to_do: str) -> Refuse:
    return Refuse(
        rule, Code.GUESTS_MAY_NOT, f"Guests may not {to_do}.", {"role": person.role, "standing": person.standing}
    )


def _may_if_staff(person: Person, to_do: str) -> Verdict:
    if person.is_bridge or person.is_staff:
        return ALLOW
    if person.role is Role.ROBOT:
        return Refuse(Rule.R1, Code.ROBOTS_MAY_NOT, f"Robots may not {to_do}.", {"role": person.role})
    return _refuse_guest(Rule.G1, person, to_do)


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


def may_upload(person: Person) -> Verdict:
    """Whoever may act at all may upload."""
    if person.is_active:
        return ALLOW
    return Refuse(Rule.S2, Code.SUSPENDED, "This account is suspended.", {"standing": person.standing})


def may_log_in(person: Person, *, by_own_secret: bool) -> Verdict:
    """S2: the suspended do not log in, nor does the bridge's own user; robots do by their own secret, not as people."""
    if person.is_bridge:
        return Refuse(Rule.S2, Code.NOT_PERMITTED, "The bridge's own user has no login.", {"role": person.role})
    if not person.is_active:
        return Refuse(Rule.S2, Code.SUSPENDED, "This account is suspended.", {"standing": person.standing})
    if person.role is Role.ROBOT and not by_own_secret:
        return Refuse(
            Rule.R1, Code.ROBOTS_MAY_NOT, "Robots log in by their own secret only.", {"by its own secret": "no"}
        )
    return ALLOW


def may_send(draft: Draft, room: Room, directory: Directory) -> Verdict:
    """Every rule that an event can break, asked before it exists."""
    sender = directory.who_is(draft.sender)
    return _may_write_keys(draft, sender) and (
        _may_change_membership(draft, sender, room, directory)
        if draft.type == "m.room.member" and draft.state_key is not None
        else _may_set_state(draft, sender, room)
        if draft.state_key is not None
        else _may_say(sender, room)
    )


_WRITERS: Final[Mapping[str, frozenset[Role]]] = {
    ANSWER_KEY: frozenset({Role.ROBOT}),
    # The bridge posts a guest's words as the guest; the key is a random id that says nothing and claims nothing.
    WORDS_KEY: frozenset({Role.GUEST}),
}


def _may_write_keys(draft: Draft, sender: Person) -> Verdict:
    """Keys and types of our namespace are written by their rightful writer alone, in every room."""
    if sender.is_bridge:
        return ALLOW
    if draft.type.startswith(NAMESPACE):
        return _not_the_writer(draft.type)
    contents = [draft.content, draft.content.get("m.new_content")]
    for content in contents:
        if not isinstance(content, Mapping):
            continue
        for key in content:
            if key.startswith(NAMESPACE) and sender.role not in _WRITERS.get(key, frozenset()):
                return _not_the_writer(key)
    return ALLOW


def _not_the_writer(name: str) -> Refuse:
    return Refuse(Rule.S2, Code.NOT_THE_WRITER, f"{name} is not yours to write.", {"name": name})


def _may_set_state(draft: Draft, sender: Person, room: Room) -> Verdict:
    """G1: guests change no state, in whatever room. In our rooms only the bridge does."""
    if sender.is_bridge:
        return ALLOW
    if has_no_power(sender):
        return _refuse_guest(Rule.G1, sender, "change the settings of a room")
    if room.kind is not RoomKind.OTHER:
        return Refuse(
            Rule.S2,
            Code.BRIDGE_WRITES_THIS,
            "The settings of this room are kept by Chaperone; use its commands (“!help”) instead.",
            {"kind": room.kind},
        )
    return ALLOW


def _may_say(sender: Person, room: Room) -> Verdict:
    allowed = may_be_in(sender, room)
    if not allowed:
        return allowed
    if (
        has_no_power(sender)
        and room.kind is RoomKind.GUEST
        and room.issue is not None
        and room.issue.status is Status.CONCLUDED
    ):
        return Refuse(
            Rule.L1,
            Code.ISSUE_CONCLUDED,
            "This conversation is concluded. Reopen it to write again.",
            {"status": room.issue.status},
        )
    return ALLOW


def may_be_in(person: Person, room: Room) -> Verdict:
    """R1, S2: robots in no guest room; in the rooms of staff nobody but listed, active staff and staff robots."""
    if person.is_bridge:
        return ALLOW
    if person.role is Role.ROBOT:
        if room.kind is RoomKind.GUEST:
            return Refuse(Rule.R1, Code.ROBOTS_STAY_OUT, "Robots are never in a guest's room.", {"kind": room.kind})
        if room.kind in STAFF_KINDS and not (person.is_active and person.audience is Audience.STAFF):
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
    target = directory.who_is(UserId(draft.state_key or ""))
    match draft.content.get("membership"):
        case Membership.INVITE:
            return may_invite(sender, target, room, directory)
        case Membership.JOIN:
            return may_join(target, room, directory)
        case Membership.KNOCK:
            return ALLOW if sender.is_staff else _refuse_guest(Rule.G1, sender, "ask to join a room")
        case Membership.LEAVE | Membership.BAN:
            return may_remove(sender, target, room, directory)
        case _:
            return ALLOW


def may_invite(sender: Person, target: Person, room: Room, directory: Directory) -> Verdict:
    """G1, G2, R1, S2: who may be brought where, and by whom."""
    allowed = _may_if_staff(sender, "invite") and may_be_in(target, room)
    if allowed and target.is_guest and room.kind is not RoomKind.LOUNGE:
        return may_guest_be_joined(room, directory)
    return allowed


def may_join(person: Person, room: Room, directory: Directory) -> Verdict:
    """G2, R1, S2: a guest comes where the bridge or an employee invited them, and only while cover is present."""
    if room.membership_of(person.user_id) is Membership.JOIN:
        return ALLOW  # their own new display name or picture
    if has_no_power(person) and not _is_invited_by_staff(person, room, directory):
        # asked before anything about the room, of which an uninvited guest is told nothing
        return Refuse(
            Rule.G2,
            Code.GUESTS_ARE_INVITED,
            "Guests come in by an invitation of the staff only.",
            {"invited by staff": "no"},
        )
    allowed = may_be_in(person, room)
    if not allowed or not has_no_power(person):
        return allowed
    return may_guest_be_joined(room, directory)


def _is_invited_by_staff(person: Person, room: Room, directory: Directory) -> bool:
    member = room.members.get(person.user_id)
    if member is None or member.membership is not Membership.INVITE:
        return False
    inviter = directory.who_is(member.sender)
    return inviter.is_bridge or inviter.is_staff


def may_remove(sender: Person, target: Person, room: Room, directory: Directory) -> Verdict:
    """G1, G3: guests and robots remove nobody but themselves; nobody removes the last cover, themselves included."""
    if sender.user_id != target.user_id and not (sender.is_bridge or sender.is_staff):
        return _may_if_staff(sender, "remove others")
    if room.membership_of(target.user_id) is not Membership.JOIN:
        return ALLOW
    return may_cover_go(room, directory, target.user_id)
