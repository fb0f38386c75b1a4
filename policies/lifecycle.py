"""The life of an issue as one literal table. What is not in the table is an error (rule L1).

                   ┌ escalate, de-escalate: stays queued, for another tier
                   ▼
    opened ──▶ queued ──claim──▶ open ──conclude, escalate to a new room──▶ concluded
                   ▲              │ ▲ └ hand over, escalate in place, take over, de-escalate: stays open     │
                   │◀───return────┘ └─────────────reopen (to the old assignee)──────────────────────────────┤
                   └────────────────────────────────reopen (to the queue)───────────────────────────────────┘

To change the life of an issue change `TABLE`, and nothing else: the tests walk every cell, and the README's
diagram is drawn from it (`policies.drawing`).
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from policies.errors import ImpossibleChange
from policies.issue import Conclusion, Issue, Status, WaitingOn, Wanted
from policies.names import Code, Role, Rule, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import COVER_ROLES, Person


class Happening(StrEnum):
    """What can befall an issue."""

    CLAIM = "claim"
    HANDOVER = "handover"
    TAKE_OVER = "take over"
    """Somebody for whom an escalated issue waited is there now, and answers for it."""
    ESCALATE_IN_PLACE = "escalate in place"
    ESCALATE_TO_NEW_ROOM = "escalate to a new room"
    DEESCALATE = "de-escalate"
    RETURN_TO_LOBBY = "return to the lobby"
    CONCLUDE = "conclude"
    REOPEN_TO_QUEUE = "reopen to the queue"
    REOPEN_TO_ASSIGNEE = "reopen to the assignee"


BEGINNINGS: Final = MappingProxyType(
    {
        "opened by a guest": Status.QUEUED,
        "escalated from another issue": Status.OPEN,
    }
)
"""How an issue comes to be, and where it stands then."""

TABLE = MappingProxyType(
    {
        (Status.QUEUED, Happening.CLAIM): Status.OPEN,
        (Status.QUEUED, Happening.ESCALATE_IN_PLACE): Status.QUEUED,
        (Status.QUEUED, Happening.DEESCALATE): Status.QUEUED,
        (Status.QUEUED, Happening.CONCLUDE): Status.CONCLUDED,
        (Status.OPEN, Happening.HANDOVER): Status.OPEN,
        (Status.OPEN, Happening.TAKE_OVER): Status.OPEN,
        (Status.OPEN, Happening.ESCALATE_IN_PLACE): Status.OPEN,
        (Status.OPEN, Happening.ESCALATE_TO_NEW_ROOM): Status.CONCLUDED,
        (Status.OPEN, Happening.DEESCALATE): Status.OPEN,
        (Status.OPEN, Happening.RETURN_TO_LOBBY): Status.QUEUED,
        (Status.OPEN, Happening.CONCLUDE): Status.CONCLUDED,
        (Status.CONCLUDED, Happening.REOPEN_TO_QUEUE): Status.QUEUED,
        (Status.CONCLUDED, Happening.REOPEN_TO_ASSIGNEE): Status.OPEN,
    }
)


def status_after(status: Status, happening: Happening) -> Status:
    """The table, asked.

    :raises ImpossibleChange: if the table has no such cell.
    """
    try:
        return TABLE[status, happening]
    except KeyError:
        raise ImpossibleChange(status, happening) from None


def may_befall(issue: Issue, happening: Happening, code: Code, sentence: str) -> Verdict:
    """L1: whether the table has the cell."""
    if (issue.status, happening) in TABLE:
        return ALLOW
    return Refuse(Rule.L1, code, sentence, {"status": issue.status})


def only_staff(actor: Person, to_do: str) -> Verdict:
    """S2: active employees and above, and the bridge."""
    if actor.has_rank(Role.EMPLOYEE):
        return ALLOW
    return Refuse(
        Rule.S2, Code.STAFF_ONLY, f"Only employees may {to_do}.", {"role": actor.role, "standing": actor.standing}
    )


def has_ended_here(issue: Issue) -> Verdict:
    """L1, L2: whether an issue is concluded, and does not go on in another one."""
    if issue.status is not Status.CONCLUDED:
        return Refuse(
            Rule.L1, Code.ISSUE_NOT_CONCLUDED, f"Issue {issue.id} is not concluded.", {"status": issue.status}
        )
    if issue.conclusion is Conclusion.ESCALATED:
        return Refuse(
            Rule.L2,
            Code.ISSUE_CONCLUDED,
            "This conversation goes on in the issue it was escalated to.",
            {"conclusion": Conclusion.ESCALATED, "child": issue.child or "none"},
        )
    return ALLOW


def _could_be_assignee(person: Person) -> bool:
    """Whoever answers for an issue is cover in its room. Admins keep the accounts and are not."""
    return person.is_active and person.role in COVER_ROLES


def is_waited_for(issue: Issue, person: Person) -> bool:
    """Whether an escalated issue waits for this person, among others: as soon as they are there it is theirs."""
    if issue.status is not Status.OPEN or issue.wanted is None or person.user_id == issue.assignee:
        return False
    if not _could_be_assignee(person):
        return False
    if person.role is Role.SUPERVISOR:
        return True
    return issue.wanted is Wanted.TIER and person.tier is not None and person.tier >= issue.tier


def may_claim(issue: Issue, actor: Person) -> Verdict:
    """An employee takes a queued issue of their tier or below, or an escalated one that waits for them; supervisors
    take any of these.
    """
    if not _could_be_assignee(actor):
        return Refuse(
            Rule.S2,
            Code.STAFF_ONLY,
            "Only employees and supervisors may claim an issue.",
            {"role": actor.role, "standing": actor.standing},
        )
    if is_waited_for(issue, actor):
        return ALLOW
    if issue.status is Status.OPEN and (issue.wanted is None or actor.user_id == issue.assignee):
        return Refuse(
            Rule.L1,
            Code.ALREADY_CLAIMED,
            f"Issue {issue.id} was already claimed by {issue.assignee}.",
            {"status": issue.status, "assignee": str(issue.assignee)},
        )
    if issue.status is not Status.OPEN:
        allowed = may_befall(
            issue, Happening.CLAIM, Code.ISSUE_CONCLUDED, f"Issue {issue.id} is concluded; reopen it first."
        )
        if not allowed:
            return allowed
    if issue.wanted is Wanted.SUPERVISOR:
        return Refuse(
            Rule.L1,
            Code.WRONG_TIER,
            f"Issue {issue.id} waits for a supervisor.",
            {"waits for": Wanted.SUPERVISOR.value, "role": actor.role},
        )
    if actor.role is Role.EMPLOYEE and (actor.tier is None or actor.tier < issue.tier):
        return Refuse(
            Rule.L1,
            Code.WRONG_TIER,
            f"Issue {issue.id} waits for {issue.tier}.",
            {"tier": str(issue.tier), "your tier": str(actor.tier)},
        )
    return ALLOW


def may_conclude(issue: Issue, actor: Person) -> Verdict:
    """L2: staff conclude an issue, queued or open, whose epoch has not ended."""
    return only_staff(actor, "conclude an issue") and may_befall(
        issue, Happening.CONCLUDE, Code.ISSUE_CONCLUDED, f"Issue {issue.id} is concluded already."
    )


def may_hand_over(issue: Issue, actor: Person, to: Person) -> Verdict:
    """The assignee, or a supervisor, passes an open issue on to another active employee."""
    allowed = only_staff(actor, "hand an issue over")
    if not allowed:
        return allowed
    if actor.user_id != issue.assignee and not actor.has_rank(Role.SUPERVISOR):
        return Refuse(
            Rule.L1,
            Code.NOT_YOUR_ISSUE,
            f"Only the assignee of issue {issue.id} or a supervisor may hand it over.",
            {"assignee": issue.assignee or "nobody"},
        )
    if not _could_be_assignee(to):
        return Refuse(
            Rule.S2,
            Code.STAFF_ONLY,
            f"{to.user_id} is not an active employee, so the issue cannot be handed to them.",
            {"role": to.role, "standing": to.standing},
        )
    return may_befall(issue, Happening.HANDOVER, Code.ISSUE_NOT_OPEN, f"Issue {issue.id} is not open.")


def is_read_only(status: Status, conclusion: Conclusion | None) -> bool:
    """Whether a guest only reads. Where nothing more was heard from them, their next words reopen the issue."""
    return status is Status.CONCLUDED and conclusion is not Conclusion.GUEST_DISENGAGED


def may_write(issue: Issue, actor: Person) -> Verdict:
    """A guest writes while their issue is queued or open; afterwards they read, and may reopen."""
    return may_write_while(issue.status, actor, issue.conclusion)


def may_write_while(status: Status, actor: Person, conclusion: Conclusion | None = None) -> Verdict:
    """`may_write`, where no more of the issue is known than the state of its room says."""
    if not is_read_only(status, conclusion) or not actor.is_guest:
        return ALLOW
    return Refuse(
        Rule.L1,
        Code.ISSUE_CONCLUDED,
        "This conversation is concluded. Reopen it to write again.",
        {"status": status},
    )


def claimed(issue: Issue, by: UserId) -> Issue:
    """The issue after a claim."""
    return replace(issue, status=status_after(issue.status, Happening.CLAIM), assignee=by, waiting_on=WaitingOn.STAFF)


def handed_over(issue: Issue, to: UserId) -> Issue:
    """The issue after a handover."""
    return replace(issue, status=status_after(issue.status, Happening.HANDOVER), assignee=to)


def settled_with(issue: Issue, person: Person) -> Issue:
    """The issue after somebody became answerable: whom it was escalated to is not waited for once they are it."""
    if is_waited_for(issue, person):
        status = status_after(issue.status, Happening.TAKE_OVER)
        return replace(issue, status=status, assignee=person.user_id, wanted=None)
    return handed_over(issue, person.user_id)


def returned(issue: Issue) -> Issue:
    """The issue after its guest went back to the lobby: queued, and nobody's. It keeps its rooms."""
    status = status_after(issue.status, Happening.RETURN_TO_LOBBY)
    return replace(issue, status=status, assignee=None, waiting_on=None, wanted=None)


def concluded(issue: Issue, conclusion: Conclusion) -> Issue:
    """The issue after its epoch ended."""
    status = status_after(issue.status, Happening.CONCLUDE)
    return replace(issue, status=status, conclusion=conclusion, waiting_on=None, wanted=None)
