"""Asking a robot: who may, where, how often robots may speak to each other, and when an answer comes too late.

Rules R2, R3 and R4. The accident guard (`may_say_to_guest`) is R2 from the other side: what an employee types to a
robot in the guest's room by mistake is refused before anyone sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from policies.addressing import ASK_COMMAND, addressed_robot, is_ask_command
from policies.issue import IssueState, Status
from policies.names import Audience, Code, Role, Rule
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Directory, Person
from policies.rooms import Room, RoomKind

_OF_STAFF_ALONE: Final = frozenset({RoomKind.STAFF, RoomKind.GROUP, RoomKind.DIRECT})
"""Where staff robots are asked: nobody else can be in these rooms (rule S2)."""
HOP_LIMIT: Final = 1
"""How many robots may stand between a person's question and an answer."""


def may_ask(actor: Person, robot: Person, room: Room, hops: int = 0) -> Verdict:
    """R2: employees and above ask a staff robot, in a staff room or a direct chat with it. R3: robots hardly ever."""
    if actor.role is Role.ROBOT and hops > HOP_LIMIT:
        return Refuse(Rule.R3, Code.ROBOTS_MAY_NOT, "Robots do not go on answering robots.", {"hops": str(hops)})
    if robot.audience is not Audience.STAFF:
        return _may_ask_companion(room)
    if not actor.has_rank(Role.EMPLOYEE) and not actor.is_staff_robot:
        return Refuse(
            Rule.R2,
            Code.STAFF_ONLY,
            "Only employees may ask this robot.",
            {"role": actor.role, "standing": actor.standing},
        )
    if room.kind in _OF_STAFF_ALONE or _is_direct_chat(room, actor, robot):
        return ALLOW
    return Refuse(
        Rule.R2,
        Code.ASK_IN_STAFF_ROOM,
        "Robots answer in the staff room of an issue, or in a direct chat with you.",
        {"kind": room.kind},
    )


def _may_ask_companion(room: Room) -> Verdict:
    if room.kind in (RoomKind.LOUNGE, RoomKind.OTHER):
        return ALLOW
    return Refuse(Rule.R2, Code.ROBOTS_STAY_OUT, "Companions answer in lounges only.", {"kind": room.kind})


def _is_direct_chat(room: Room, actor: Person, robot: Person) -> bool:
    """The bridge, which sees to it that a supervisor can come in, does not count."""
    return room.kind is RoomKind.OTHER and room.talkers() == {actor.user_id, robot.user_id}


def may_answer(issue: IssueState, asked_in: int) -> Verdict:
    """R4: an answer belongs to the issue and epoch of its question; what comes after that epoch's end is not posted.

    :param issue: as the staff room says now.
    :param asked_in: the epoch in which the question was asked.
    """
    if issue.epoch == asked_in and issue.status is not Status.CONCLUDED:
        return ALLOW
    if issue.epoch == asked_in:
        return Refuse(
            Rule.R4,
            Code.ISSUE_CONCLUDED,
            f"Issue {issue.id} is concluded. Reopen it and ask again if this still matters.",
            {"status": issue.status},
        )
    return Refuse(
        Rule.R4,
        Code.OLD_EPOCH,
        f"Issue {issue.id} was reopened since this was asked. Ask again if it still matters.",
        {"epoch": str(issue.epoch), "asked in": str(asked_in)},
    )


def may_say_to_guest(sender: Person, content: Mapping[str, Any], room: Room, directory: Directory) -> Verdict:
    """R2, the accident guard: an employee's message in a guest room that addresses a robot is meant for the staff room.

    Staff alone are told so: to a guest the refusal would say that there are robots.
    """
    if room.kind is not RoomKind.GUEST or not sender.is_staff:
        return ALLOW
    robot = addressed_robot(content, (known.user_id for known in directory.robots()))
    if robot is None and not is_ask_command(content):
        return ALLOW
    return Refuse(
        Rule.R2,
        Code.ASK_IN_STAFF_ROOM,
        "This is the guest's room, so this was not sent. Ask robots in the staff room of the issue.",
        {"kind": room.kind, "addressed": robot or ASK_COMMAND},
    )
