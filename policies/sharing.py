"""Sharing: staff room to guest room, by an employee, as a copy (rule S1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.issue import Issue, Status
from policies.names import Code, Role, Rule
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Person


def may_share(actor: Person, author: Person, answer: Mapping[str, Any], issue: Issue) -> Verdict:
    """S1: an employee shares a finished answer of a robot while the issue is open.

    :param author: who sent what is to be shared.
    :param answer: the ``chat.chaperone.answer`` key of its newest content; empty if it has none.
    """
    allowed = _only_staff(actor, "share")
    if not allowed:
        return allowed
    if author.role is not Role.ROBOT or not answer:
        return Refuse(
            Rule.S1,
            Code.NOTHING_TO_SHARE,
            "Only a robot's answer can be shared.",
            {"author": author.role, "an answer": "yes" if answer else "no"},
        )
    if answer.get("state") != "done":
        return Refuse(
            Rule.S1,
            Code.NOTHING_TO_SHARE,
            "This answer is not finished, so there is nothing to share yet.",
            {"state": str(answer.get("state"))},
        )
    if issue.status is not Status.OPEN:
        return Refuse(Rule.L1, Code.ISSUE_NOT_OPEN, f"Issue {issue.id} is not open.", {"status": issue.status})
    return ALLOW


def may_unshare(actor: Person, *, is_shared: bool) -> Verdict:
    """S1: an employee takes a copy back that the guest has, also after the issue was concluded."""
    allowed = _only_staff(actor, "take back what was shared")
    if not allowed:
        return allowed
    if not is_shared:
        return Refuse(Rule.S1, Code.NOT_SHARED, "The guest has no copy of this.", {"shared": "no"})
    return ALLOW


def _only_staff(actor: Person, to_do: str) -> Verdict:
    if actor.has_rank(Role.EMPLOYEE):
        return ALLOW
    return Refuse(
        Rule.S1, Code.STAFF_ONLY, f"Only employees may {to_do}.", {"role": actor.role, "standing": actor.standing}
    )
