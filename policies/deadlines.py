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


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is too long; settings of the desk."""

    cover: timedelta = timedelta(seconds=60)
    silence: timedelta = timedelta(minutes=10)


OF_THE_ISSUE = frozenset({Deadline.SILENCE})
"""Those that follow from how the issue stands. The others are set by what happened to it."""


def deadlines_of(issue: Issue, patience: Patience) -> Mapping[Deadline, timedelta]:
    """The deadlines of `OF_THE_ISSUE` that the issue has now, each with the time from now on."""
    if issue.status is Status.OPEN and issue.waiting_on is WaitingOn.STAFF:
        return {Deadline.SILENCE: patience.silence}
    return {}
