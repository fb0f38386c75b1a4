"""What a guest thought of it: a rating for each time that their issue was concluded."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from policies.actions import Action, Tell
from policies.issue import Issue, Side
from policies.lifecycle import has_ended_here
from policies.names import Code, Rule
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Person

LOWEST: Final = 1
HIGHEST: Final = 5


def may_rate(issue: Issue, actor: Person, ended_for: timedelta, within: timedelta) -> Verdict:
    """L2: a guest rates how an epoch ended, and may think better of it for as long as they may reopen.

    That the guest is the issue's own is the caller's to see to: to anybody else the issue does not exist.
    """
    if not actor.is_guest:
        return Refuse(Rule.L2, Code.NOT_PERMITTED, "Guests rate, nobody else.", {"role": actor.role})
    allowed = has_ended_here(issue)
    if not allowed:
        return allowed
    if ended_for <= within:
        return ALLOW
    return Refuse(
        Rule.L1,
        Code.TOO_LATE,
        "This conversation ended too long ago to be rated.",
        {"days since": str(ended_for.days), "days allowed": str(within.days)},
    )


def decide_on_rating(issue: Issue, rating: int, comment: str, *, is_changed: bool) -> tuple[Action, ...]:
    """The staff room is told, if there is one: an issue may end in its queue."""
    if issue.staff_room is None:
        return ()
    how = "now rates" if is_changed else "rated"
    said = f" “{comment}”" if comment else ""
    return (Tell(issue.id, Side.STAFF, f"The guest {how} this {rating} of {HIGHEST}.{said}"),)
