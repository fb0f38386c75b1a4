"""What a principal may see of a room, for the gateway and the API alike: one place, so that one door cannot show more
than another.

    stored events ─▶ the stretches in which they were in the room ─▶ their audience's form ─▶ their own transaction ids

A guest whose issue was escalated to a new room reads one conversation: what was said in the old room comes first. A
lobby is read like a room: its events are the words that wait there, counted from 1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from bridge.desk.line import load_earlier
from bridge.desk.lobby import LOBBY, lobby_of
from bridge.desk.visible import (
    MEMBER,
    Facts,
    Viewers,
    VisibleEvent,
    build_visible,
    edited_by,
    viewers_of,
    words_id_of,
)
from bridge.errors import Unknown
from bridge.ports import Principal, PrincipalId, RoomRecord, Store, StoredEvent, Stretch, Transaction, Words
from policies.audience import may_see_kind
from policies.names import EventId, IssueId, Role, RoomId, UserId
from policies.people import Person, localpart_of
from policies.rooms import STAFF_KINDS, Membership, RoomKind


@dataclass(frozen=True, slots=True)
class VisibleHistory:
    """A stretch of a room as its reader may see it. `complete` as in `ports.History`."""

    events: Sequence[VisibleEvent]
    cursor: int
    complete: bool
    goes_on: bool = True
    """Whether the reader sees what happens next; not if they were removed."""


@dataclass(frozen=True, slots=True)
class VisiblePerson:
    """Somebody who is in a room."""

    user_id: UserId
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Live:
    """New events of a room, in each audience's form. `txn_ids` are for their authors alone.

    `people` are those whose membership the events changed.
    """

    shown: Mapping[Viewers, Sequence[VisibleEvent]]
    txn_ids: Mapping[EventId, str] = field(default_factory=dict)
    people: Mapping[UserId, VisiblePerson] = field(default_factory=dict)


def person_of(principal: Principal) -> Person:
    """A principal as the rules see them."""
    return Person(principal.user_id, principal.role, principal.tier, principal.standing, principal.audience)


class Timeline:
    """Reads rooms on behalf of people."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._bot: UserId | None = None

    async def may_read(self, principal: Principal, room_id: str) -> RoomRecord | None:
        """The room, if there is one and this principal is or was in it; a guest's own lobby is one."""
        async with self._store.read() as tx:
            found = await self._find(tx, principal, room_id)
        return None if found is None else found[0]

    async def load_history(
        self, principal: Principal, room_id: str, since: int | None, limit: int, *, onward: bool = False
    ) -> VisibleHistory:
        """The newest events after `since`, or of all; a cursor that is not of this room is as good as none.

        :param onward: the first ones after `since` instead, so that a room can be read page by page.
        :raises Unknown: if the room does not exist, or this principal was never in it.
        """
        async with self._store.read() as tx:
            found = await self._find(tx, principal, room_id)
            if found is None:
                raise Unknown("room", room_id)
            record, stretches = found
            if record.room_id.startswith(LOBBY):
                return await self._load_lobby(tx, principal, record, since, limit)
            earlier = await _load_earlier_rooms(tx, principal, record)
            read = partial(tx.events.history, record.room_id, stretches=stretches, earlier=earlier)
            history = await read(since=since, limit=limit, onward=onward)
            if since is not None and not history.events:
                newest = await read(since=None, limit=1)
                if since > newest.cursor:
                    history = await read(since=None, limit=limit)
            facts = await self._load_facts(tx, record.kind, history.events)
            events = build_visible(history.events, viewers_of(person_of(principal)), facts)
            txn_ids = await _load_txn_ids(tx, {principal.user_id: principal.id}, history.events)
        return VisibleHistory(
            [replace(e, txn_id=txn_ids.get(e.event_id)) for e in events],
            history.cursor,
            history.complete,
            goes_on=stretches[-1][1] is None,
        )

    async def load_live(
        self, record: RoomRecord, stored: Sequence[StoredEvent], readers: Collection[Principal]
    ) -> Live:
        """New events, once for each audience that is there to see them."""
        audiences = {viewers_of(person_of(reader)) for reader in readers}
        async with self._store.read() as tx:
            facts = await self._load_facts(tx, record.kind, stored)
            txn_ids = await _load_txn_ids(tx, {reader.user_id: reader.id for reader in readers}, stored)
            roles = await self._load_roles(tx, _subjects(stored))
        people = {user: VisiblePerson(user, facts.names[user], role) for user, role in roles.items()}
        return Live({audience: build_visible(stored, audience, facts) for audience in audiences}, txn_ids, people)

    async def load_people(self, viewers: Viewers, record: RoomRecord) -> list[VisiblePerson]:
        """Who is in the room. Guests are shown people only: a robot is none, nor is the bridge."""
        if record.room_id.startswith(LOBBY):
            return []
        async with self._store.read() as tx:
            members = await tx.rooms.members(record.room_id)
            joined = [user for user, membership in members.items() if membership is Membership.JOIN]
            roles = await self._load_roles(tx, joined)
            names = await self._load_names(tx, joined)
        unseen = {Role.ROBOT, Role.BRIDGE} if viewers is Viewers.GUESTS and record.kind is RoomKind.GUEST else set()
        return [VisiblePerson(user, names[user], roles[user]) for user in sorted(joined) if roles[user] not in unseen]

    async def _find(
        self, tx: Transaction, principal: Principal, room_id: str
    ) -> tuple[RoomRecord, Sequence[Stretch]] | None:
        """The room, and the stretches in which this principal may see it."""
        if room_id.startswith(LOBBY):
            issue = await tx.issues.load(IssueId(room_id.removeprefix(LOBBY)))
            if issue is None or issue.guest_id != principal.id or room_id != lobby_of(issue.issue.id):
                return None
            return RoomRecord(RoomId(room_id), RoomKind.GUEST, issue.issue.id), [(0, None)]
        record = await tx.rooms.load(RoomId(room_id))
        if record is None or not may_see_kind(person_of(principal), record.kind):
            return None
        stretches = await tx.rooms.visible_stretches(record.room_id, principal.user_id)
        if not stretches:
            return None
        # History visibility: `joined` in guest rooms, `shared` in the rooms of staff (rule S2).
        return record, [(0, stretches[-1][1])] if record.kind in STAFF_KINDS else stretches

    async def _load_lobby(
        self, tx: Transaction, guest: Principal, record: RoomRecord, since: int | None, limit: int
    ) -> VisibleHistory:
        everything = await tx.words.in_lobby(record.issue_id or IssueId(""))
        words = [one for one in everything if one.author == guest.id]  # others of a group wait each by themselves
        name = (await self._load_names(tx, [guest.user_id]))[guest.user_id]
        events = [_build_waiting(place, w, name) for place, w in enumerate(words, 1)]
        cursor = len(events)
        after = [e for e in events if since is None or since > cursor or e.seq > since]
        return VisibleHistory(after[-limit:], cursor, len(after) <= limit)

    async def _load_facts(self, tx: Transaction, kind: RoomKind, stored: Sequence[StoredEvent]) -> Facts:
        here = {s.event.event_id: s.event.sender for s in stored}
        edited = {target for s in stored if (target := edited_by(s.event)) is not None}
        elsewhere = [await tx.events.load(target) for target in sorted(edited - here.keys())]
        people = {s.event.sender for s in stored} | _subjects(stored)
        roles = await self._load_roles(tx, people) if kind is RoomKind.GUEST else {}
        return Facts(
            kind=kind,
            names=await self._load_names(tx, people),
            robots=frozenset(user for user, role in roles.items() if role is Role.ROBOT),
            targets=here | {s.event.event_id: s.event.sender for s in elsewhere if s is not None},
        )

    async def _load_roles(self, tx: Transaction, users: Iterable[UserId]) -> dict[UserId, Role]:
        bot = await self._load_bot(tx)
        principals = {user: await tx.principals.load_by_user(user) for user in users}
        return {
            user: Role.BRIDGE if user == bot else Role.GUEST if principal is None else principal.role
            for user, principal in principals.items()
        }

    async def _load_names(self, tx: Transaction, users: Iterable[UserId]) -> dict[UserId, str]:
        """What people are called; who has no profile here (the bridge, a person of another server) by their user id."""
        asked = sorted(set(users))
        profiles = await tx.principals.profiles(asked)
        return {u: profiles[u].display_name if u in profiles else localpart_of(u).capitalize() for u in asked}

    async def _load_bot(self, tx: Transaction) -> UserId:
        if self._bot is None:
            self._bot = (await tx.principals.directory()).bot
        return self._bot


async def _load_earlier_rooms(
    tx: Transaction, principal: Principal, record: RoomRecord
) -> list[tuple[RoomId, Sequence[Stretch]]]:
    """For a guest whose conversation went on in this room: the rooms before it, as far as they were in them."""
    issue = None if record.issue_id is None else await tx.issues.load(record.issue_id)
    if issue is None or record.kind is not RoomKind.GUEST or viewers_of(person_of(principal)) is not Viewers.GUESTS:
        return []
    rooms = [one.issue.guest_room for one in await load_earlier(tx, issue.issue)]
    return [(room, await tx.rooms.visible_stretches(room, principal.user_id)) for room in rooms if room is not None]


def _build_waiting(place: int, words: Words, name: str) -> VisibleEvent:
    """Words of a lobby as an event. They have an event id of their own only once they are in a room."""
    return VisibleEvent(
        seq=place,
        event_id=EventId(f"{words.place}:{place}"),
        place=words.place,
        type="m.room.message",
        sender=words.sender,
        sender_name=name,
        ts=int(words.at.timestamp() * 1000),
        content={"msgtype": "m.text", "body": words.body},
        txn_id=words.txn_id,
    )


def _subjects(stored: Sequence[StoredEvent]) -> set[UserId]:
    """Whose membership these events are about."""
    return {UserId(s.event.state_key) for s in stored if s.event.type == MEMBER and s.event.state_key}


async def _load_txn_ids(
    tx: Transaction, authors: Mapping[UserId, PrincipalId], stored: Sequence[StoredEvent]
) -> dict[EventId, str]:
    """The transaction ids of those of the events that these authors wrote over the gateway or the API."""
    found: dict[EventId, str] = {}
    for user_id, principal_id in authors.items():
        mine = {
            words_id: s.event.event_id
            for s in stored
            if s.event.sender == user_id and (words_id := words_id_of(s.event)) is not None
        }
        if mine:
            known = await tx.words.txn_ids(principal_id, sorted(mine))
            found |= {mine[words_id]: txn_id for words_id, txn_id in known.items()}
    return found
