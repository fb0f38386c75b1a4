"""What other programs may be told of: what befell an issue, read from what it was and what it is."""

from __future__ import annotations

from enum import StrEnum

from policies.issue import Conclusion, Issue, Status


class HookEvent(StrEnum):
    """What a webhook may be called for."""

    OPENED = "issue.opened"
    CLAIMED = "issue.claimed"
    HANDED_OVER = "issue.handed_over"
    RETURNED = "issue.returned"
    """To the queue: nobody was left to be there for the guest."""
    ESCALATED = "issue.escalated"
    DEESCALATED = "issue.deescalated"
    CONCLUDED = "issue.concluded"
    REOPENED = "issue.reopened"
    RATED = "issue.rated"


def find_happenings(before: Issue, after: Issue) -> tuple[HookEvent, ...]:
    """What befell an issue between two moments, in the order in which it is told."""
    found: list[HookEvent] = []
    if after.epoch > before.epoch:
        found.append(HookEvent.REOPENED)
    elif before.status is Status.QUEUED and after.status is Status.OPEN:
        found.append(HookEvent.CLAIMED)
    elif before.status is Status.OPEN and after.status is Status.QUEUED:
        found.append(HookEvent.RETURNED)
    elif before.assignee != after.assignee and after.status is Status.OPEN:
        found.append(HookEvent.HANDED_OVER)
    if after.tier > before.tier:
        found.append(HookEvent.ESCALATED)
    elif after.tier < before.tier:
        found.append(HookEvent.DEESCALATED)
    if after.status is Status.CONCLUDED and before.status is not Status.CONCLUDED:
        if after.conclusion is Conclusion.ESCALATED:  # its child goes on, one tier up
            found.append(HookEvent.ESCALATED)
        found.append(HookEvent.CONCLUDED)
    return tuple(found)
