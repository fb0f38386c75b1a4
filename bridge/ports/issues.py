"""Issues, how their epochs went, and what belongs to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.ports.people import PrincipalId
from policies.issue import Conclusion, Issue, Status
from policies.names import EventId, IssueId, RoomId, Tier, UserId


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """An issue and what only the bridge keeps of it."""

    issue: Issue
    guest_id: PrincipalId
    opened_at: datetime
    queued_at: datetime
    first_words: str
    card: EventId | None = None
    """Its living card in the queue room."""
    desk_card: EventId | None = None
    """The first message of its staff room, with the reactions that act on the issue."""
    contact: str | None = None
    """Where its guest wants to be told that somebody is there for them."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an epoch ended (rule L2)."""

    issue_id: IssueId
    epoch: int
    conclusion: Conclusion
    by: UserId
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Epoch:
    """What is known of an epoch from its beginning on; how it ended is an `Ending`."""

    issue_id: IssueId
    epoch: int
    began_at: datetime
    answered_at: datetime | None = None
    """When the guest first heard from somebody."""
    answered_by: UserId | None = None
    rating: int | None = None
    comment: str = ""
    rated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a guest who waits wants to be told that somebody is there for them."""

    issue_id: IssueId
    contact: str
    left_at: datetime
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShareRecord:
    """A copy that a guest was given."""

    id: str
    issue_id: IssueId
    source: EventId
    """The answer in the staff room."""
    by: UserId
    at: datetime
    edited: bool
    copy: EventId | None = None
    """The event in the guest room, once it is there."""
    taken_back_by: UserId | None = None
    taken_back_at: datetime | None = None


class Issues(Protocol):
    """The projection of issues."""

    async def add(
        self,
        guest_id: PrincipalId,
        guest: UserId,
        subject: str,
        first_words: str,
        tier: Tier,
        now: datetime,
        *,
        is_group: bool = False,
    ) -> IssueRecord: ...
    async def add_guest(self, issue_id: IssueId, guest: UserId) -> None:
        """Another guest of a group issue, unless they are one already."""

    async def load(self, issue_id: IssueId) -> IssueRecord | None: ...
    async def load_by_room(self, room_id: RoomId) -> IssueRecord | None:
        """The issue one of whose rooms this is."""

    async def load_by_card(self, event_id: EventId) -> IssueRecord | None:
        """The issue whose card, in the queue room or on top of the staff room, this event is."""

    async def list(
        self,
        *,
        guest_id: PrincipalId | None = None,
        status: Status | None = None,
        tier: Tier | None = None,
        assignee: UserId | None = None,
        text: str | None = None,
        before: IssueId | None = None,
        limit: int = 50,
    ) -> Sequence[IssueRecord]:
        """Newest first."""

    async def save(self, issue: Issue) -> None:
        """Write all of `issue` but its id and the guests of a group."""

    async def save_cards(
        self, issue_id: IssueId, *, card: EventId | None = None, desk_card: EventId | None = None
    ) -> None: ...
    async def queue_position(self, issue_id: IssueId) -> int | None:
        """1 for who is next in their tier's queue; None if the issue does not wait."""

    async def queued(self, tier: Tier) -> Sequence[IssueRecord]:
        """The tier's queue in order."""

    async def queue_last(self, issue_id: IssueId, now: datetime) -> None:
        """Put a queued issue behind all others: it waits since now."""

    async def queue_first(self, issue_id: IssueId) -> None:
        """Give a queued issue the first place in its tier's queue."""

    async def open_by_assignee(self) -> Mapping[UserId, int]:
        """How many open issues each assignee has; who has none is left out."""

    async def end(self, ending: Ending) -> None: ...
    async def endings(self, issue_id: IssueId) -> Sequence[Ending]: ...


class Epochs(Protocol):
    """What became of each epoch."""

    async def begin(self, issue_id: IssueId, epoch: int, now: datetime) -> None:
        """It begins; nothing if it did before."""

    async def answer(self, issue_id: IssueId, epoch: int, by: UserId, now: datetime) -> None:
        """The guest heard from somebody; nothing if they did before."""

    async def rate(self, issue_id: IssueId, epoch: int, rating: int, comment: str, now: datetime) -> None:
        """What the guest thinks of it now."""

    async def of(self, issue_ids: Sequence[IssueId]) -> Mapping[IssueId, Sequence[Epoch]]:
        """The epochs of each of these issues, in order."""


@dataclass(frozen=True, slots=True)
class EpochFigures:
    """What of an epoch can be counted."""

    began_at: datetime
    answered_at: datetime | None
    conclusion: Conclusion | None
    ended_at: datetime | None
    rating: int | None


@dataclass(frozen=True, slots=True)
class OpenCount:
    """How many open issues of a tier somebody has."""

    tier: Tier
    assignee: UserId | None
    count: int


class Figures(Protocol):
    """Rows to be counted."""

    async def epochs_since(self, since: datetime) -> Sequence[EpochFigures]:
        """Every epoch that began or ended since, newest first."""

    async def open_counts(self) -> Sequence[OpenCount]: ...


class Contacts(Protocol):
    """Where guests who wait are to be told."""

    async def set(self, issue_id: IssueId, contact: str, now: datetime) -> None:
        """In place of what they said before."""

    async def load(self, issue_id: IssueId) -> Contact | None: ...
    async def told(self, issue_id: IssueId, now: datetime) -> None:
        """They know."""


class Shares(Protocol):
    """The copies that guests were given."""

    async def add(self, share: ShareRecord) -> None: ...
    async def load(self, share_id: str) -> ShareRecord | None: ...
    async def of_issue(self, issue_id: IssueId) -> Sequence[ShareRecord]:
        """In order, those that were taken back too."""

    async def copied(self, share_id: str, copy: EventId) -> None:
        """The guest has it."""

    async def take_back(self, share_id: str, by: UserId, now: datetime) -> None: ...
