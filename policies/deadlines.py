"""How long things may wait: which deadlines an issue has as it stands (rule L3), and how long each is.

A deadline is a row with a time. The bridge sets them whenever it writes an issue, in the same transaction, and clears
those that the issue no longer has; so what an issue waits for is never in a process's memory only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from policies.issue import Issue, Status, WaitingOn


class Deadline(StrEnum):
    """What is over when a deadline passes."""

    COVER = "cover"
    """The search for somebody in place of an issue's last cover (rule G3)."""
    SILENCE = "silence"
    """The assignee's time to answer a guest who waits."""
    GUEST = "guest"
    """The guest's time to answer; then they are reminded, and some time after that the issue is concluded."""
    UNCLAIMED = "unclaimed"
    """The time in which a queued issue is claimed; then its queue is reminded, and after that another tier asked."""
    UNTAKEN = "untaken"
    """The time in which an escalated issue is taken; then those called in are reminded, after that the supervisors."""
    DUTY = "duty"
    """The present shift of somebody of the staff, or the time until the next."""
    CLEARING = "clearing"
    """The time that people stay in the rooms of a concluded issue."""


class OnSilence(StrEnum):
    """What is done when the assignee leaves a guest without an answer for too long."""

    REROUTE = "reroute"
    """Somebody else is found, who answers for the issue then."""
    REMIND = "remind"
    """The assignee is told, as often as it happens."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is too long; settings of the desk."""

    cover: timedelta = timedelta(seconds=60)
    silence: timedelta = timedelta(minutes=10)
    guest: timedelta = timedelta(minutes=30)
    disengaged: timedelta = timedelta(minutes=60)
    """After the reminder."""
    unclaimed: timedelta = timedelta(minutes=10)
    unclaimed_again: timedelta = timedelta(minutes=10)
    """After the reminder."""
    untaken: timedelta = timedelta(minutes=5)
    clearing: timedelta = timedelta(hours=24)
    on_silence: OnSilence = OnSilence.REROUTE


OF_THE_ISSUE = frozenset({Deadline.SILENCE, Deadline.GUEST, Deadline.UNCLAIMED, Deadline.UNTAKEN, Deadline.CLEARING})
"""Those that follow from how the issue stands. The others are set by what happened to it."""
LASTING = frozenset({Deadline.UNCLAIMED, Deadline.UNTAKEN})
"""Those that go on while what they wait for is the same, whatever is said meanwhile. The others begin anew."""


def deadlines_of(issue: Issue, patience: Patience) -> Mapping[Deadline, timedelta]:
    """The deadlines of `OF_THE_ISSUE` that the issue has now, each with the time from now on."""
    match issue.status:
        case Status.QUEUED:
            return {Deadline.UNCLAIMED: patience.unclaimed}
        case Status.CONCLUDED:
            return {Deadline.CLEARING: patience.clearing}
    waits = {Deadline.UNTAKEN: patience.untaken} if issue.wanted is not None else {}
    if issue.waiting_on is WaitingOn.GUEST:
        return waits | {Deadline.GUEST: patience.guest}
    return waits | {Deadline.SILENCE: patience.silence}


def awaited(issue: Issue) -> str:
    """What a deadline of `LASTING` waits for: another word for something else."""
    return f"epoch {issue.epoch}, {issue.wanted or 'claim'}, {issue.tier}"
