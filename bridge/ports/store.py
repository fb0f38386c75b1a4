"""The bridge's own database as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bridge.chain import AuditEntry, Head
from bridge.ports.duties import Duties
from bridge.ports.events import Events, StoredEvent
from bridge.ports.issues import Contacts, Epochs, Figures, IssueRecord, Issues, Shares
from bridge.ports.outbox import Outbox
from bridge.ports.people import Invitations, PrincipalId, Principals, Sessions, SiteGuests
from bridge.ports.rooms import Chats, Rooms
from bridge.ports.timers import Timers
from bridge.ports.words import Words, WordsBox
from policies.names import RoomId


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered to a request that made something, in case it comes again. Hashes, and what only it opens."""

    principal_id: PrincipalId
    route: str
    key_hash: str
    request_hash: str
    sealed: str
    kept_at: datetime


class KeptAnswers(Protocol):
    """Answers to requests with an `Idempotency-Key`, for a day."""

    async def add(self, answer: KeptAnswer) -> bool:
        """Keep it; False if one is kept for this principal, route and key."""

    async def load(self, principal_id: PrincipalId, route: str, key_hash: str, now: datetime) -> KeptAnswer | None: ...


class Audit(Protocol):
    """The log of decisions: entries are added, and neither changed nor removed."""

    async def append(
        self,
        at: datetime,
        actor: str,
        subject: str,
        what: str,
        facts: Mapping[str, Any],
        verdict: Mapping[str, Any] | None,
        configuration: str,
    ) -> AuditEntry:
        """Chain an entry to the last one."""

    async def head(self) -> Head | None:
        """Where the chain ends; None only if somebody took that away."""

    async def entries(self, *, subject: str | None = None, after: int = 0, limit: int = 500) -> Sequence[AuditEntry]:
        """The first entries after this one, of all or of one subject."""

    async def last(self, subject: str) -> AuditEntry | None:
        """The newest entry about this."""


class Projection(Protocol):
    """What is a copy of what Matrix has, to be thrown away and put back."""

    async def newest(self) -> int:
        """The place of the newest event."""

    async def rooms(self) -> Sequence[RoomId]:
        """Every room that is known."""

    async def later(self, room_ids: Sequence[RoomId], seq: int) -> Sequence[StoredEvent]:
        """What was stored of these rooms after this place."""

    async def forget(self, room_ids: Sequence[RoomId]) -> None:
        """These rooms, what happened in them, and who was there."""

    async def put_issue(self, record: IssueRecord) -> None:
        """Write all of an issue, whether it is there or not."""

    async def first_words(self) -> Sequence[Words]:
        """The first words of each lobby whose issue is not there."""


class Transaction(Protocol):
    """One database transaction: everything in it is true at once, or none of it."""

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """A part of the transaction that is undone by itself if its block raises."""

    @property
    def issues(self) -> Issues: ...
    @property
    def epochs(self) -> Epochs: ...
    @property
    def contacts(self) -> Contacts: ...
    @property
    def shares(self) -> Shares: ...
    @property
    def words(self) -> WordsBox: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def timers(self) -> Timers: ...
    @property
    def duties(self) -> Duties: ...
    @property
    def chats(self) -> Chats: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def events(self) -> Events: ...
    @property
    def rooms(self) -> Rooms: ...
    @property
    def principals(self) -> Principals: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def invitations(self) -> Invitations: ...
    @property
    def site_guests(self) -> SiteGuests: ...
    @property
    def kept_answers(self) -> KeptAnswers: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def projection(self) -> Projection: ...


class Store(Protocol):
    """The bridge's own database."""

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that may write: commits at the end of the block, rolls back if it raises. One at a time on
        SQLite; inside it nothing else changes what was read.
        """

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """A snapshot to read from."""
