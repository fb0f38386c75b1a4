"""Reopening: a concluded issue goes on, as a new epoch.

    concluded ─┬─ somebody of the staff is still in its guest room ─▶ open, with them ─▶ told, voices, words
               ├─ whoever answered for it can come back ───────────▶ open, with them: they first, its guest second
               └─ neither ─────────────────────────────────────────▶ queued anew ─▶ a new card; the words wait

Late work of an earlier epoch cannot post: the epoch counts up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from policies.actions import Action, BringInGuest, LetIn, PostWords, PublishIssue, SetVoices, ShowCard, Tell
from policies.issue import Issue, Side, WaitingOn
from policies.lifecycle import Happening, has_ended_here, status_after
from policies.names import Code, Role, Rule, UserId
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Person


def may_reopen(issue: Issue, actor: Person, ended_for: timedelta, within: timedelta) -> Verdict:
    """L1: staff reopen a concluded issue whenever they like, its guest within a set time.

    That the guest is the issue's own is the caller's to see to: to anybody else the issue does not exist.

    :param ended_for: how long ago it was concluded.
    :param within: how long its guest may reopen it.
    """
    allowed = has_ended_here(issue)
    if not allowed:
        return allowed
    if actor.has_rank(Role.EMPLOYEE) or (actor.is_guest and ended_for <= within):
        return ALLOW
    return Refuse(
        Rule.L1,
        Code.TOO_LATE,
        "This conversation ended too long ago to go on with. Please start a new one.",
        {"role": actor.role, "days since": str(ended_for.days), "days allowed": str(within.days)},
    )


def reopened(issue: Issue, to: UserId | None) -> Issue:
    """The issue in its next epoch: open with somebody who is there, or queued for whoever claims it."""
    happening = Happening.REOPEN_TO_QUEUE if to is None else Happening.REOPEN_TO_ASSIGNEE
    return replace(
        issue,
        status=status_after(issue.status, happening),
        assignee=to,
        waiting_on=None if to is None else WaitingOn.STAFF,
        conclusion=None,
        epoch=issue.epoch + 1,
    )


def decide_on_reopening(
    issue: Issue, by: UserId, words: Sequence[str], robots: Sequence[UserId] = ()
) -> tuple[Action, ...]:
    """Whoever answers for it is there before the guest, the rooms say so before the guest has their voice back, and
    what the guest wrote comes last.

    :param issue: as it is after the reopening.
    :param words: ids of what the guest wrote with it; they wait if nobody is there.
    :param robots: staff robots that every staff room starts with.
    """
    if issue.assignee is None:
        has_rooms = issue.guest_room is not None
        return (*((PublishIssue(issue),) if has_rooms else ()), ShowCard(issue.id, anew=True))
    return (
        LetIn(issue.id, Side.GUEST, issue.assignee),
        LetIn(issue.id, Side.STAFF, issue.assignee),
        PublishIssue(issue),
        SetVoices(issue.id, guest_may_write=True),
        BringInGuest(issue.id),
        *(PostWords(words_id) for words_id in words),
        Tell(issue.id, Side.STAFF, f"Issue {issue.id} was reopened by {by}. {issue.assignee} answers for it."),
        ShowCard(issue.id),
        *(LetIn(issue.id, Side.STAFF, robot) for robot in robots),
    )
