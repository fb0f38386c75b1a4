"""The seams of the bridge: what the desk, the API and the gateway need of the world, named for that need.

`store` and `matrix` implement these and are named in `app` only. Every fake of one of them (tests/fakes) passes the
same contract tests as the real thing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NewType, Protocol

from bridge.chain import AuditEntry, Head
from policies.deadlines import Deadline
from policies.duty import Schedule
from policies.issue import Conclusion, Issue, Status
from policies.names import Audience, EventId, IssueId, Role, RoomAlias, RoomId, Standing, Tier, UserId
from policies.people import Directory
from policies.policy_server import PolicyServer
from policies.rooms import Membership, RoomKind

PrincipalId = NewType("PrincipalId", str)
WordsId = NewType("WordsId", str)
"""Random, so that nobody can guess it from another one."""


class Clock(Protocol):
    """The time, so that tests can have their own."""

    def now(self) -> datetime:
        """Now, in UTC and aware of it."""


# --- people -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated entity: what one logs in as, and what it may do. What it shows is its `Profile`."""

    id: PrincipalId
    login: str
    role: Role
    tier: Tier | None
    standing: Standing
    user_id: UserId
    audience: Audience | None = None
    """Whom a robot serves; unset for people."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a principal shows of itself."""

    display_name: str
    avatar: str | None = None


# --- what has happened in rooms -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """An event as the homeserver told it to the application service."""

    event_id: EventId
    room_id: RoomId
    type: str
    sender: UserId
    origin_server_ts: int
    """Milliseconds since 1970, by the clock of the sender's homeserver."""
    content: Mapping[str, Any]
    state_key: str | None = None
    redacts: EventId | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event and its place in the order in which the bridge stored them: what a cursor counts."""

    seq: int
    event: IncomingEvent


Stretch = tuple[int, int | None]
"""From a place in that order to another, both included; the second is None if it goes on."""


@dataclass(frozen=True, slots=True)
class History:
    """A stretch of a room. `complete` is False if something before it, and after the cursor asked from, is left out."""

    events: Sequence[StoredEvent]
    cursor: int
    complete: bool


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """What the bridge knows of one of its rooms."""

    room_id: RoomId
    kind: RoomKind
    issue_id: IssueId | None
    name: str | None = field(default=None, compare=False)


# --- issues -------------------------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote over the gateway: durable before it is acknowledged, one row per (author, place, txn id)."""

    id: WordsId
    author: PrincipalId
    sender: UserId
    place: str
    """A room id; for a guest's words in their own issue always ``lobby:<issue id>``, wherever they were written, so
    that a message sent to the lobby and again to the room that opened meanwhile is one message.
    """
    txn_id: str
    body: str
    issue_id: IssueId | None
    at: datetime
    reply_to: EventId | None = None
    event_id: EventId | None = None
    """Set once the words are in the room."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """Something to be done to the world. Rows of one lane are done in order, one at a time."""

    id: int
    key: str
    """Random; what ids derived from the row begin with."""
    lane: str
    action: Mapping[str, Any]
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeadRow:
    """A row of the outbox that was given up."""

    id: int
    lane: str
    kind: str
    error: str


@dataclass(frozen=True, slots=True)
class Timer:
    """A deadline that somebody will be reminded of: a row, so that no restart forgets it."""

    kind: Deadline
    subject: str
    """What it is about, an issue's id for instance. There is one timer of a kind for a subject."""
    due_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


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


class WordsBox(Protocol):
    """What was written over the gateway."""

    async def add(self, words: Words) -> Words | None:
        """Store it. None if it is new; the words already there if (author, place, txn id) was seen before."""

    async def load_by_txn(self, author: PrincipalId, place: str, txn_id: str) -> Words | None:
        """The words an author gave this transaction id in this place."""

    async def load(self, words_id: WordsId) -> Words | None: ...
    async def waiting(self, issue_id: IssueId) -> Sequence[Words]:
        """Words of the lobby that are in no room yet, in the order they were written."""

    async def place(self, words_id: WordsId, event_id: EventId) -> None:
        """They are in the room now."""

    async def in_lobby(self, issue_id: IssueId) -> Sequence[Words]:
        """All words written in the issue's lobby, placed or not, in order."""

    async def txn_ids(self, author: PrincipalId, ids: Sequence[WordsId]) -> Mapping[WordsId, str]:
        """The author's own transaction ids, so that their client recognises its messages."""


class Outbox(Protocol):
    """Decided, and to be performed. A row survives any crash until it is done."""

    async def add(self, lane: str, action: Mapping[str, Any], now: datetime) -> int: ...
    async def due(self, now: datetime, limit: int, busy_lanes: frozenset[str]) -> Sequence[OutboxRow]:
        """At most one row a lane: its oldest unfinished one, if it is due and the lane is not busy."""

    async def next_due(self, busy_lanes: frozenset[str]) -> datetime | None:
        """When the earliest head of a lane that is not busy falls due."""

    async def done(self, row_id: int, now: datetime) -> None: ...
    async def defer(self, row_id: int, not_before: datetime, error: str) -> None:
        """It failed; try again then."""

    async def drop(self, row_id: int, now: datetime, error: str) -> None:
        """It can never succeed: keep it as dead, and let its lane go on."""

    async def unfinished(self, lane: str) -> int: ...
    async def fault(self, lane: str) -> str | None:
        """Why the lane waits, if its head was tried already."""

    async def lanes(self) -> frozenset[str]:
        """The lanes that have something left to do."""

    async def dead(self) -> Sequence[DeadRow]:
        """What was given up, oldest first."""

    async def backlog(self) -> tuple[int, int]:
        """How many rows are still to be done, and how many were given up."""


class Timers(Protocol):
    """Deadlines. One that passed is cleared in the transaction that acts on it."""

    async def set(self, timer: Timer) -> None:
        """Set it, in place of the one of this kind that its subject has, if any."""

    async def load(self, kind: Deadline, subject: str) -> Timer | None: ...
    async def clear(self, kind: Deadline, subject: str) -> None:
        """Forget it, if it is there."""

    async def due(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Those that passed, the longest ago first."""

    async def next_due(self) -> datetime | None: ...
    async def by_subject(self) -> Mapping[str, frozenset[Deadline]]:
        """All that are set: which kinds each subject has."""


class Duties(Protocol):
    """Who may be called upon, when, and for how much. Whoever was never taken off duty is on it."""

    async def off(self) -> frozenset[UserId]:
        """Everybody who is off duty."""

    async def set(self, user_id: UserId, *, on_duty: bool) -> None: ...
    async def capacities(self) -> Mapping[UserId, int]:
        """How many open issues they may have, of those who have a number of their own."""

    async def set_capacity(self, user_id: UserId, most: int | None) -> None:
        """None: as many as everybody."""

    async def schedule(self, user_id: UserId) -> Schedule | None:
        """Somebody's week, if it is planned."""

    async def save_schedule(self, user_id: UserId, schedule: Schedule | None) -> None:
        """In place of the one before."""

    async def last_in_turn(self, tier: Tier) -> UserId | None:
        """Whom the tier's last issue was given to."""

    async def set_last_in_turn(self, tier: Tier, user_id: UserId) -> None: ...


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat among staff and staff robots that was opened through the bridge."""

    id: str
    key: str
    """The same for what is one chat: two people have one direct chat, and everybody one place for notes."""
    kind: RoomKind
    name: str
    opened_by: UserId
    opened_at: datetime
    people: Sequence[UserId]
    """Whom it was opened for, whoever opened it among them."""
    room_id: RoomId | None = None


class Chats(Protocol):
    """Chats that were opened through the bridge."""

    async def add(self, chat: Chat) -> Chat:
        """Keep it; answers the one that is there already, if there is one of its key."""

    async def load(self, chat_id: str) -> Chat | None: ...
    async def set_room(self, chat_id: str, room_id: RoomId) -> None: ...
    async def list(self) -> Sequence[Chat]:
        """All of them, the newest first."""


class Events(Protocol):
    """The inbox of the application service, which is also the projection of the rooms' timelines."""

    async def add(self, events: Sequence[IncomingEvent]) -> Sequence[StoredEvent]:
        """Store those that are new, and answer them: an event is stored once, whatever brings it."""

    async def load(self, event_id: EventId) -> StoredEvent | None: ...
    async def known(self, event_ids: Sequence[EventId]) -> frozenset[EventId]:
        """Which of these are stored."""

    async def spoken(self, room_id: RoomId) -> Mapping[UserId, int]:
        """How many messages each has written in a room; edits and what was taken back do not count."""

    async def newest_content(self, event_id: EventId) -> Mapping[str, Any] | None:
        """The content of an event after the last edit by its own sender; None if unknown or redacted."""

    async def history(
        self,
        room_id: RoomId,
        *,
        since: int | None,
        stretches: Sequence[Stretch],
        limit: int,
        onward: bool = False,
        earlier: Sequence[tuple[RoomId, Sequence[Stretch]]] = (),
    ) -> History:
        """Events after `since` within the stretches that a viewer may see: the newest `limit` of them.

        :param onward: the first `limit` instead, so that a room can be read page by page.
        :param earlier: rooms that the conversation was in before, and what of them this viewer may see.
        """


class Rooms(Protocol):
    """The projection of our rooms and of who is in them."""

    async def add(self, record: RoomRecord) -> None:
        """Note a room. Noted again, it keeps its kind, and learns its issue if it is told one."""

    async def load(self, room_id: RoomId) -> RoomRecord | None: ...
    async def set_member(self, room_id: RoomId, user_id: UserId, membership: Membership, seq: int) -> None: ...
    async def membership(self, room_id: RoomId, user_id: UserId) -> Membership: ...
    async def members(self, room_id: RoomId) -> Mapping[UserId, Membership]: ...
    async def visible_stretches(self, room_id: RoomId, user_id: UserId) -> Sequence[Stretch]:
        """The places between which this person was joined, once or several times, in order; none if never."""

    async def rooms_of(self, user_id: UserId) -> Sequence[RoomRecord]:
        """The rooms they are in, or invited to."""

    async def living(self, since: datetime) -> Sequence[RoomId]:
        """The rooms in which something may be said: all but those of issues that ended before `since`."""

    async def of_kind(self, kind: RoomKind) -> Sequence[RoomRecord]:
        """Every room of a kind, in the order of their ids."""

    async def is_encrypted(self, room_id: RoomId) -> bool:
        """Whether what is said there cannot be read but by those for whom it was encrypted."""

    async def shows_past(self, room_id: RoomId) -> bool:
        """Whether who comes in sees what was said before, as its history visibility was told to us last."""

    async def set_name(self, room_id: RoomId, name: str) -> None:
        """Note what a room is called now, if it is one we know."""

    async def list(
        self,
        *,
        kind: RoomKind | None = None,
        issue_id: IssueId | None = None,
        text: str | None = None,
        after: RoomId | None = None,
        limit: int = 50,
    ) -> Sequence[RoomRecord]:
        """Rooms in the order of their ids."""


class Principals(Protocol):
    """The list of allowed people, guests and robots included."""

    async def add(self, principal: Principal, profile: Profile, password_hash: str | None, now: datetime) -> None: ...
    async def load(self, principal_id: PrincipalId) -> Principal | None: ...
    async def load_by_login(self, login: str) -> tuple[Principal, str | None] | None:
        """The principal and their password hash."""

    async def load_by_user(self, user_id: UserId) -> Principal | None: ...
    async def list(self) -> Sequence[Principal]: ...
    async def save(self, principal: Principal) -> None: ...
    async def set_password(self, principal_id: PrincipalId, password_hash: str) -> None: ...
    async def profile(self, principal_id: PrincipalId) -> Profile: ...
    async def save_profile(self, principal_id: PrincipalId, profile: Profile) -> None: ...
    async def profiles(self, user_ids: Sequence[UserId]) -> Mapping[UserId, Profile]: ...
    async def directory(self) -> Directory:
        """Everybody listed, as `policies` wants them."""


@dataclass(frozen=True, slots=True)
class Session:
    """One login: lives as long as its refresh token is rotated, dies at once when it is revoked."""

    id: str
    principal_id: PrincipalId
    refresh_hash: str
    expires_at: datetime
    revoked: bool = False


class Sessions(Protocol):
    """Logins that are under way."""

    async def add(self, session: Session) -> None: ...
    async def load(self, session_id: str) -> Session | None: ...
    async def rotate(self, session_id: str, old_hash: str, new_hash: str, expires_at: datetime) -> bool:
        """Exchange the refresh token; False if `old_hash` is not the present one (then it was stolen or replayed)."""

    async def revoke(self, session_id: str) -> None: ...
    async def revoke_all(self, principal_id: PrincipalId) -> Sequence[str]:
        """Revoke every session of somebody; answers which."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link for one guest. What is in the link is known to whom it was given; here is only its hash."""

    secret_hash: str
    inviter: UserId
    name: str
    """What the inviter calls the guest; may be empty."""
    created_at: datetime
    expires_at: datetime
    guest_id: PrincipalId | None = None
    """Who came in by it: set once, and then it is used up."""
    issue_id: IssueId | None = None
    """The group issue whose guest they become, if it is for one."""


class Invitations(Protocol):
    """Links for guests."""

    async def add(self, invitation: Invitation) -> None: ...
    async def load(self, secret_hash: str) -> Invitation | None: ...
    async def use(self, secret_hash: str, guest_id: PrincipalId) -> bool:
        """Use it up; False if it is already."""


class SiteGuests(Protocol):
    """Guests who are known by the word of a web site."""

    async def spend(self, issuer: str, jti: str, expires_at: datetime) -> bool:
        """Note that an assertion was used, for as long as it could be used again; False if it was."""

    async def load(self, issuer: str, subject: str) -> PrincipalId | None: ...
    async def add(self, issuer: str, subject: str, guest_id: PrincipalId) -> None: ...


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


# --- the homeserver -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """A room to be made, under an alias that says whether it was made already."""

    alias: RoomAlias
    kind: RoomKind
    name: str
    topic: str
    power_levels: Mapping[str, Any]
    history_visibility: str
    federated: bool = False
    is_group: bool = False
    state: Sequence[tuple[str, str, Mapping[str, Any]]] = field(default_factory=tuple)
    """More state from the start: (type, state key, content)."""


SETTINGS: Final = ("m.room.power_levels", "m.room.join_rules", "m.room.history_visibility", "m.room.guest_access")


def is_whole(state: Mapping[tuple[str, str], object], plan: RoomPlan) -> bool:
    """Whether everything of a plan was written into its room; what was changed since is another matter."""
    expected = [
        *((setting, "") for setting in (*SETTINGS, "m.room.name")),
        *((kind, key) for kind, key, _ in plan.state),
    ]
    return all(piece in state for piece in expected)


class Homeserver(Protocol):
    """What the bridge does to Matrix. Every call may raise `bridge.errors.MatrixError`.

    Who acts is the bridge's own user unless a `sender` is named: a ghost, or a member of staff with their own session.
    """

    async def ping(self) -> None:
        """Ask the homeserver to call us now, which also ends its back-off after an outage."""

    async def load_start(self) -> str:
        """Which start of the homeserver answers: another value after each restart."""

    async def load_newest(
        self, room_id: RoomId, before: str | None, limit: int
    ) -> tuple[Sequence[IncomingEvent], str | None]:
        """A room's events, newest first, and where to go on; None at the beginning of the room."""

    async def ensure_ghost(self, user_id: UserId, display_name: str) -> None:
        """Register a guest's ghost with its device, if it is not there; set its display name."""

    async def log_out_ghost(self, user_id: UserId) -> None:
        """End the sessions that a guest has with Matrix clients of their own, if there are any."""

    async def ensure_account(
        self, user_id: UserId, display_name: str, *, locked: bool, unlimited: bool, log_out: bool = False
    ) -> None:
        """Register a local account of staff or robot if missing, by the module's resource; lock or unlock it.

        A locked account has no sessions, and is no cover; `log_out` ends the sessions alone.
        """

    async def load_policy_server(self) -> PolicyServer | None:
        """Whom other servers shall ask about our rooms, by the module's resource; None if they do not see any."""

    async def ensure_room(self, plan: RoomPlan) -> RoomId:
        """Make the room, or find the one an earlier attempt made. Keeps the alias."""

    async def drop_alias(self, alias: RoomAlias) -> None:
        """Forget the alias, if it is there."""

    async def find_room(self, alias: RoomAlias) -> RoomId | None: ...
    async def send(
        self, room_id: RoomId, event_type: str, content: Mapping[str, Any], txn_id: str, sender: UserId | None = None
    ) -> EventId:
        """Send once per `txn_id`, however often it is called within 24 hours. No two senders may use the same one:
        Synapse remembers, for as long as it runs, one event for all users of an application service.
        """

    async def set_state(self, room_id: RoomId, event_type: str, state_key: str, content: Mapping[str, Any]) -> None:
        """Idempotent: the same content again is no new event."""

    async def load_state(self, room_id: RoomId, event_type: str, state_key: str) -> Mapping[str, Any] | None:
        """The content of a room's state; None if there is none."""

    async def redact(self, room_id: RoomId, event_id: EventId, txn_id: str) -> None: ...
    async def load_rooms(self) -> Sequence[RoomId]:
        """Every room that the bridge's own user is in."""

    async def load_whole_state(self, room_id: RoomId) -> Mapping[tuple[str, str], IncomingEvent]:
        """A room's state, by type and state key."""

    async def load_aliases(self, room_id: RoomId) -> Sequence[RoomAlias]:
        """A room's addresses on this homeserver."""

    async def load_members(self, room_id: RoomId) -> Mapping[UserId, Membership]: ...
    async def load_membership(self, room_id: RoomId, user_id: UserId) -> Membership: ...
    async def invite(self, room_id: RoomId, user_id: UserId, content: Mapping[str, Any]) -> None: ...
    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        """A ghost accepts its invitation."""

    async def remove(self, room_id: RoomId, user_id: UserId, reason: str) -> None: ...
    async def find_sent(self, room_id: RoomId, sender: UserId | None, key: str, value: str) -> EventId | None:
        """Look an event of a sender (None: the bridge) up by a content key, for rows older than transaction ids."""

    async def set_display_name(self, user_id: UserId, display_name: str) -> None:
        """Of a ghost or of the bot."""

    async def set_avatar(self, user_id: UserId, uri: str | None) -> None:
        """Of a ghost, or of a member of staff by their own session."""

    async def upload(self, data: bytes, content_type: str, name: str) -> str:
        """Put something into the media store as the bot; answers its content URI."""

    async def copy_media(self, uri: str, name: str) -> str:
        """Upload what is behind a content URI again, as the bot; answers the copy's URI."""


class HookSender(Protocol):
    """Where deliveries to other programs go."""

    async def deliver(self, hook: str, delivery: str, event: str, body: str, now: datetime) -> None:
        """One attempt.

        :raises bridge.errors.HookFailed: if it was not received, as far as we know.
        """


# --- telling the sockets ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomGrew:
    """New events of a room were stored."""

    room_id: RoomId
    events: Sequence[StoredEvent]


@dataclass(frozen=True, slots=True)
class IssueChanged:
    """Something of an issue that is shown changed, its place in the queue included."""

    issue_id: IssueId


@dataclass(frozen=True, slots=True)
class WordsKept:
    """Words were accepted; they are durable, and in no room yet."""

    words: Words


@dataclass(frozen=True, slots=True)
class WordsPlaced:
    """Accepted words are in the room now."""

    words: Words


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """Sockets that were opened under this session close at once."""

    session_id: str


@dataclass(frozen=True, slots=True)
class Typing:
    """Who types in a room at the moment, all of them."""

    room_id: RoomId
    user_ids: Sequence[UserId]


@dataclass(frozen=True, slots=True)
class Receipt:
    """How far somebody has read."""

    room_id: RoomId
    user_id: UserId
    event_id: EventId


@dataclass(frozen=True, slots=True)
class FloorChanged:
    """Somebody went on duty or off it, or may hold more or less."""


@dataclass(frozen=True, slots=True)
class WordsGrow:
    """What a robot is saying, all the words so far; stored nowhere. `answer` is the first message of its answer."""

    room_id: RoomId
    answer: EventId
    user_id: UserId
    body: str


Notice = WordsGrow | RoomGrew | IssueChanged | FloorChanged | WordsKept | WordsPlaced | SessionEnded | Typing | Receipt


class Notices(Protocol):
    """From those who change things to the sockets of this and other processes. Lossy by nature: a socket that
    missed one catches up by its cursor.
    """

    def publish(self, notice: Notice) -> None: ...
    def subscribe(self) -> AsyncIterator[Notice]: ...
