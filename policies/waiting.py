"""What a guest can do who waits while nobody is there: leave an address, and be told later."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from policies.actions import Action, ShowCard, Tell
from policies.issue import Issue, Side, Status
from policies.lifecycle import Happening, may_befall
from policies.names import Code, Rule, Tier, UserId
from policies.outcomes import Refuse, Verdict
from policies.people import Directory, Person
from policies.routing import decide_cover

THERE_NOW: Final = "Thank you for waiting. Somebody is here for you now."
"""To a guest who wanted to be told, in the room that they are brought into."""


def is_anybody_there(directory: Directory, tier: Tier, on_duty: Collection[UserId]) -> bool:
    """Whether anybody is on duty who could claim an issue of this tier."""
    return bool(decide_cover(directory, tier, on_duty, {}))


def may_leave_contact(issue: Issue, actor: Person) -> Verdict:
    """L3: a guest who waits says where they want to be told. That the issue is theirs is the caller's to see to."""
    if not actor.is_guest:
        return Refuse(Rule.L3, Code.NOT_PERMITTED, "Guests are told, nobody else.", {"role": actor.role})
    return may_befall(
        issue, Happening.CONCLUDE, Code.ISSUE_CONCLUDED, "This conversation is concluded. Reopen it to write again."
    )


def decide_on_contact(issue: Issue) -> tuple[Action, ...]:
    """The card shows it; where there is a staff room already, it is said there."""
    if issue.status is Status.QUEUED or issue.staff_room is None:
        return (ShowCard(issue.id),)
    told = Tell(issue.id, Side.STAFF, f"The guest of issue {issue.id} left an address: it is on the card in the queue.")
    return (ShowCard(issue.id), told)


def decide_on_being_there(issue: Issue, contact: str) -> tuple[Action, ...]:
    """An issue was claimed whose guest wanted to be told.

    :param contact: where.
    """
    return (
        Tell(issue.id, Side.GUEST, THERE_NOW),
        Tell(issue.id, Side.STAFF, f"The guest wanted to be told that somebody is there: {contact}"),
    )
