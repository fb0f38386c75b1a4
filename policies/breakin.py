"""Break-in and whisper: what supervisors may do in others' conversations (rule B1)."""

from __future__ import annotations

from typing import Final

from policies.issue import Issue
from policies.names import Code, Role, Rule
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Person
from policies.permissions import may_break_in
from policies.rooms import RoomKind

NOBODY_ELSES: Final = frozenset({RoomKind.SOLO, RoomKind.POLICY})
"""Notes to oneself, and the room in which there is no conversation."""


def may_break_into(actor: Person, kind: RoomKind) -> Verdict:
    """B1: supervisors enter conversations. Notes to oneself are none."""
    allowed = may_break_in(actor)
    if not allowed or kind not in NOBODY_ELSES:
        return allowed
    return Refuse(Rule.B1, Code.NOT_PERMITTED, "Nobody enters this room, as no two people speak there.", {"kind": kind})


def may_whisper(actor: Person, issue: Issue, to: Person | None, *, is_there: bool) -> Verdict:
    """B1: supervisors say something to whoever works on an issue, where its guest does not hear it.

    :param to: whom in particular; None where nobody answers for the issue.
    :param is_there: whether they are in the staff room.
    """
    if not actor.has_rank(Role.SUPERVISOR):
        return Refuse(
            Rule.B1,
            Code.SUPERVISORS_ONLY,
            "Only supervisors whisper. In the staff room you can simply write.",
            {"role": actor.role, "standing": actor.standing},
        )
    if issue.staff_room is None:
        return Refuse(
            Rule.L1,
            Code.ISSUE_NOT_OPEN,
            f"Nobody works on issue {issue.id} yet, so there is nobody to whisper to.",
            {"status": issue.status, "staff room": "none"},
        )
    if to is None or is_there:
        return ALLOW
    return Refuse(
        Rule.B1,
        Code.NOT_A_MEMBER,
        f"{to.user_id} is not in the staff room of issue {issue.id}.",
        {"joined": "no"},
    )
