"""What is said when somebody waits for too long, before anything is done about it (rule L3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from policies.actions import Action, Tell, TellQueue
from policies.issue import Issue, Side, Wanted
from policies.names import UserId


def decide_on_unclaimed(issue: Issue, waits_for: timedelta, to: Sequence[UserId]) -> tuple[Action, ...]:
    """A queued issue was not claimed in time: its queue room is told, those on duty and the supervisors by name.

    :param waits_for: since it came into its queue.
    """
    sentence = f"Issue {issue.id} has waited for {_spoken(waits_for)}. ✋ on its card, or !claim {issue.id}, claims it."
    return (TellQueue(issue.id, sentence, tuple(to)),)


def decide_on_untaken(issue: Issue, to: Sequence[UserId]) -> tuple[Action, ...]:
    """An escalated issue was not taken in time: those who were called are reminded, in its room and in their queue."""
    whom = "a supervisor" if issue.wanted is Wanted.SUPERVISOR else str(issue.tier)
    sentence = (
        f"Issue {issue.id} was escalated and waits for {whom}. "
        "Whoever writes to the guest, or claims it, takes it over."
    )
    return (Tell(issue.id, Side.STAFF, sentence, tuple(to)), TellQueue(issue.id, sentence))


def decide_on_still_untaken(issue: Issue, supervisors: Sequence[UserId]) -> tuple[Action, ...]:
    """Nor was it taken after that: the supervisors are told, who are called in beside it."""
    if supervisors:
        sentence = f"Nobody has taken issue {issue.id} yet. {', '.join(supervisors)}, please see to it."
    else:
        sentence = (
            f"Nobody has taken issue {issue.id} yet, and no supervisor is on duty. {issue.assignee} stays with it."
        )
    return (Tell(issue.id, Side.STAFF, sentence, tuple(supervisors)), TellQueue(issue.id, sentence, tuple(supervisors)))


def decide_on_quiet_guest(issue: Issue, left: timedelta) -> tuple[Action, ...]:
    """Nothing was heard from the guest: a kind reminder.

    :param left: until the issue is concluded.
    """
    sentence = (
        f"Are you still there? If we hear nothing from you, this conversation is closed in {_spoken(left)}. "
        "You can go on with it later all the same."
    )
    return (Tell(issue.id, Side.GUEST, sentence),)


def _spoken(time: timedelta) -> str:
    minutes = max(1, round(time.total_seconds() / 60))
    if minutes < 120:
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"
