"""The projection thrown away and rebuilt from the homeserver, conversation by conversation.

    every room the bridge is in ─▶ state: whose room is it ─▶ conversations: the rooms of an issue, and of its parents
        for each: timelines, backwards to their beginning ─▶ merged into one order
                  one transaction { forget these rooms ─▶ store their events anew ─▶ who was in when ─▶ issue ─▶ words }
    rooms that are there no more ─▶ forgotten

Each conversation is replaced in one transaction: interrupted anywhere, what was done is done and the rest is as it was;
run it again. What arrived while a timeline was read is kept. An issue about which something is still to be done, or was
decided meanwhile, is ahead of its rooms, and stays as it is.

Cursors go on counting, so a client that comes with an old one is given its room from the beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import merge
from typing import Final

import structlog

from bridge.desk.recovery import project, recover_issue, recover_lobby
from bridge.desk.work import lane_of_issue
from bridge.errors import MatrixMissing, MatrixRefused
from bridge.ports import Homeserver, IncomingEvent, IssueRecord, Store, Transaction, WordsId
from policies.content import text_at
from policies.errors import MalformedState
from policies.issue import IssueState, Side, parse_issue_state
from policies.names import ISSUE_STATE, WORDS_KEY, IssueId, RoomId, UserId

AT_A_TIME: Final = 100
BITE: Final = 500
"""Events that are stored at once."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is."""

    done: int
    rooms: int
    events: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was found."""

    rooms: int = 0
    events: int = 0
    issues: int = 0
    gone: int = 0
    """Rooms that were known, and that the bridge is in no more."""
    ahead: tuple[IssueId, ...] = ()
    """Issues that were left as they are, as something is still to be done about them."""


@dataclass(slots=True)
class Conversation:
    """Rooms that are read as one, and the issues they belong to."""

    rooms: list[RoomId] = field(default_factory=list)
    states: dict[IssueId, dict[Side, tuple[RoomId, IssueState]]] = field(default_factory=dict)


class Rebuild:
    """Does it."""

    def __init__(self, store: Store, homeserver: Homeserver, bot: UserId) -> None:
        self._store = store
        self._homeserver = homeserver
        self._bot = bot

    async def run(self, tell: Callable[[Progress], None] = lambda _: None) -> Rebuilt:
        """All of it.

        :raises BridgeError: if the homeserver does not answer; run it again then.
        """
        conversations, seen = await self._look()
        async with self._store.read() as tx:
            gone = [room_id for room_id in await tx.projection.rooms() if room_id not in seen]
        found = Rebuilt()
        for conversation in conversations:
            events, ahead = await self._replace(conversation)
            found = replace(
                found,
                rooms=found.rooms + len(conversation.rooms),
                events=found.events + events,
                issues=found.issues + len(conversation.states),
                ahead=(*found.ahead, *ahead),
            )
            tell(Progress(found.rooms, len(seen), found.events))
        async with self._store.write() as tx:
            await tx.projection.forget(gone)
            for words in await tx.projection.first_words():
                await recover_lobby(tx, words)
        log.info("rebuild.done", rooms=found.rooms, events=found.events, issues=found.issues, gone=len(gone))
        return replace(found, gone=len(gone))

    async def _look(self) -> tuple[list[Conversation], set[RoomId]]:
        """The rooms there are, sorted into conversations."""
        states: dict[RoomId, IssueState | None] = {}
        for room_id in await self._homeserver.load_rooms():
            try:
                content = await self._homeserver.load_state(room_id, ISSUE_STATE, "")
                states[room_id] = None if content is None else parse_issue_state(content)
            except (MatrixMissing, MatrixRefused):
                continue  # left, or gone, since the rooms were listed
            except MalformedState:
                states[room_id] = None
        return sort_into_conversations(states), set(states)

    async def _replace(self, conversation: Conversation) -> tuple[int, list[IssueId]]:
        async with self._store.read() as tx:
            marker = await tx.projection.newest()
            before = {issue_id: await tx.issues.load(issue_id) for issue_id in conversation.states}
        timelines = [await self._load_timeline(room_id) for room_id in conversation.rooms]
        events = list(merge(*timelines, key=lambda event: event.origin_server_ts))
        async with self._store.write() as tx:
            told = {event.event_id for event in events}
            later = await tx.projection.later(conversation.rooms, marker)
            events += [one.event for one in later if one.event.event_id not in told]
            await tx.projection.forget(conversation.rooms)
            await self._store_events(tx, events)
            ahead = [
                issue_id
                for issue_id, sides in conversation.states.items()
                if not await self._take_issue(tx, issue_id, sides, before[issue_id], events)
            ]
        return len(events), ahead

    async def _load_timeline(self, room_id: RoomId) -> list[IncomingEvent]:
        """All of a room, oldest first; times that go back in it are held, so that its order stays."""
        newest_first: list[IncomingEvent] = []
        before: str | None = None
        while True:
            events, before = await self._homeserver.load_newest(room_id, before, AT_A_TIME)
            newest_first += events
            if before is None or not events:
                break
        timeline, latest = [], 0
        for event in reversed(newest_first):
            latest = max(latest, event.origin_server_ts)
            timeline.append(event if event.origin_server_ts == latest else replace(event, origin_server_ts=latest))
        return timeline

    async def _store_events(self, tx: Transaction, events: Sequence[IncomingEvent]) -> None:
        for first in range(0, len(events), BITE):
            for one in await tx.events.add(events[first : first + BITE]):
                await project(tx, one, self._bot)
                words_id = text_at(one.event.content, WORDS_KEY)
                words = await tx.words.load(WordsId(words_id)) if words_id else None
                if words is not None and words.event_id is None and words.sender == one.event.sender:
                    await tx.words.place(words.id, one.event.event_id)

    async def _take_issue(
        self,
        tx: Transaction,
        issue_id: IssueId,
        sides: Mapping[Side, tuple[RoomId, IssueState]],
        before: IssueRecord | None,
        events: Sequence[IncomingEvent],
    ) -> bool:
        """Put the issue back; False if it is ahead of its rooms."""
        now = await tx.issues.load(issue_id)
        if now is not None and (now != before or await tx.outbox.unfinished(lane_of_issue(issue_id))):
            return False
        record = await recover_issue(tx, issue_id, sides, now, events)
        if record is not None:
            await tx.projection.put_issue(record)
        return True


def sort_into_conversations(states: Mapping[RoomId, IssueState | None]) -> list[Conversation]:
    """Rooms of an issue, and of those it came from, belong together; any other room stands alone."""
    line = {state.id: state.id for state in states.values() if state is not None}

    def first_of(issue_id: IssueId) -> IssueId:
        while line[issue_id] != issue_id:
            issue_id = line[issue_id]
        return issue_id

    for state in states.values():
        if state is not None:
            for other in _relatives(state):
                if other in line:
                    line[first_of(other)] = first_of(state.id)
    conversations: dict[IssueId | RoomId, Conversation] = {}
    for room_id, state in states.items():
        key = room_id if state is None else first_of(state.id)
        conversation = conversations.setdefault(key, Conversation())
        conversation.rooms.append(room_id)
        if state is not None:
            conversation.states.setdefault(state.id, {})[state.side] = (room_id, state)
    return [*conversations.values()]


def _relatives(state: IssueState) -> Iterable[IssueId]:
    return (one for one in (state.parent, state.child) if one is not None)
