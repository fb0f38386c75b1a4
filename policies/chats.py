"""Chats among staff: who may open which, with whom (rules S2, F1).

    direct   two: colleagues, or an employee and a staff robot, who is asked there as in a staff room (rule R2)
    group    colleagues and staff robots; whoever is in it brings in others
    solo     notes to oneself

Guests are in issues and lounges, and in nothing else that they were not invited to: a chat is no place for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from policies.lifecycle import only_staff
from policies.names import Code, Rule, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Directory, Person
from policies.rooms import RoomKind

_HOW_MANY: Final = {
    RoomKind.DIRECT: (1, 1, "A direct chat is with one other. Open a group for several."),
    RoomKind.GROUP: (1, 100, "A group is with others, a hundred at most."),
    RoomKind.SOLO: (0, 0, "Notes to oneself are shared with nobody. Open a direct chat, or a group."),
}


def may_open_chat(actor: Person, kind: RoomKind, others: Sequence[Person], directory: Directory) -> Verdict:
    """S2, F1: staff chat with active staff and staff robots of this homeserver.

    :param others: everybody but the one who opens it.
    """
    allowed = only_staff(actor, "open a chat")
    if not allowed:
        return allowed
    least, most, sentence = _HOW_MANY[kind]
    if not least <= len(others) <= most:
        return Refuse(Rule.S2, Code.NOT_PERMITTED, sentence, {"kind": kind, "others": str(len(others))})
    for other in others:
        if not (other.is_staff or other.is_staff_robot):
            return Refuse(
                Rule.S2,
                Code.STAFF_ONLY,
                f"{other.user_id} is no active member of the staff, nor a robot for them. Speak with guests in issues.",
                {"who": other.user_id, "role of the other": other.role, "standing of the other": other.standing},
            )
        if not directory.is_local(other.user_id):
            return Refuse(
                Rule.F1,
                Code.LOCAL_ONLY,
                f"{other.user_id} is of another server, which is not to see rooms of the staff.",
                {"who": other.user_id, "server": directory.server_name},
            )
    return ALLOW


def key_of_chat(kind: RoomKind, actor: UserId, others: Sequence[UserId], chat_id: str) -> str:
    """The same for what is one chat: two people have one, everybody has one place for notes, each group is its own."""
    if kind is RoomKind.GROUP:
        return f"{kind} {chat_id}"
    return f"{kind} {' '.join(sorted({actor, *others}))}"
