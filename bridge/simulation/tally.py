"""What a simulated day remembers from outside: what was promised to whom, and how long they waited."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge.ports import IssueRecord
from policies.issue import Conclusion
from policies.names import IssueId, UserId


@dataclass
class Tally:
    """One day's."""

    began: datetime
    accepted: dict[UserId, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Every guest's words that the bridge said it has, in order."""
    claimed_after: dict[IssueId, timedelta] = field(default_factory=dict)
    answered_after: dict[IssueId, timedelta] = field(default_factory=dict)
    ended_after: dict[IssueId, timedelta] = field(default_factory=dict)
    conclusions: dict[Conclusion, int] = field(default_factory=lambda: defaultdict(int))
    queue: list[tuple[timedelta, int]] = field(default_factory=list)
    """How many waited, at times since the beginning."""
    crashes: int = 0
    steps: int = 0
    events: int = 0
    guests: int = 0

    def opened(self, record: IssueRecord) -> None:
        """A guest sees their issue."""
        self.guests += 1
        self.said(record.issue.guest, record.first_words)

    def said(self, guest: UserId, body: str) -> None:
        """A guest was told that their words are kept."""
        self.accepted[guest].append(body)
