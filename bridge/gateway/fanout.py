"""From those who change things to the sockets that show it.

    notices ─▶ sort ─┬─ of a room ────▶ its feed, if somebody looks at it (else nothing: an idle room costs nothing)
                     ├─ of an issue ──▶ its feeds, and the floor's, if a supervisor looks at it
                     ├─ of words ─────▶ their author's sockets
                     └─ of a session ─▶ its sockets, which end

Sorting never waits; what has to be loaded is loaded in the feed's lane.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

import structlog

from bridge.desk.timeline import Timeline, VisibleHistory
from bridge.desk.visible import Viewers
from bridge.errors import Unknown
from bridge.gateway.feed import Feed, Reader, build_history_text, build_member, build_text_of, build_texts
from bridge.gateway.floor import FLOOR, FloorTopic
from bridge.gateway.frames import Errcode, Read, ServerFrame, Stream, TypingNow
from bridge.gateway.issue_now import load_issue_now
from bridge.gateway.notices import InProcessNotices, NoticesLost
from bridge.ports import (
    FloorChanged,
    IssueChanged,
    Notice,
    PrincipalId,
    Receipt,
    RoomGrew,
    SessionEnded,
    Store,
    Typing,
    Words,
    WordsGrow,
    WordsKept,
    WordsPlaced,
)
from policies.names import IssueId
from policies.rooms import Membership

__all__ = ["Fanout", "InProcessNotices"]

MOST_WORDS: Final = 1000
"""Words of a lobby that are told of in one go."""

K = TypeVar("K")
V = TypeVar("V")

log = structlog.get_logger()


class Fanout:
    """Who looks at what, and how they hear of it."""

    def __init__(
        self,
        timeline: Timeline,
        store: Store,
        history_limit: int,
        history_bytes: int,
        floor: FloorTopic,
    ) -> None:
        self._timeline = timeline
        self._store = store
        self._floor = floor
        self._history_limit = history_limit
        self._history_bytes = history_bytes
        self._feeds: dict[str, Feed] = {}
        self._by_issue: dict[IssueId, set[Feed]] = {}
        self._by_principal: dict[PrincipalId, set[Reader]] = {}
        self._by_session: dict[str, set[Reader]] = {}

    # --- sockets come and go --------------------------------------------------------------------------------------

    def add(self, reader: Reader) -> None:
        """A socket opened. From now on it hears of the end of its session."""
        self._by_principal.setdefault(reader.principal.id, set()).add(reader)
        self._by_session.setdefault(reader.session_id, set()).add(reader)

    def remove(self, reader: Reader) -> None:
        """A socket is gone."""
        _discard(self._by_principal, reader.principal.id, reader)
        _discard(self._by_session, reader.session_id, reader)
        for place in reader.rooms:
            self.close_room(reader, place)

    def sockets_of(self, principal_id: PrincipalId) -> int:
        """How many sockets somebody has."""
        return len(self._by_principal.get(principal_id, ()))

    def readers(self) -> list[Reader]:
        """Every socket."""
        return [reader for readers in self._by_principal.values() for reader in readers]

    def cursors_of(self, reader: Reader) -> dict[str, int]:
        """Up to where a socket was sent what, by room."""
        feeds = (self._feeds.get(place) for place in reader.rooms)
        return {feed.place: feed.seats[reader].cursor for feed in feeds if feed is not None and reader in feed.seats}

    def stop(self) -> None:
        """Load nothing more for anybody."""
        for feed in self._feeds.values():
            feed.lane.stop()

    def open_room(self, reader: Reader, ref: int, place: str, since: int | None) -> None:
        """Show a room to a socket: its history first, then what happens."""
        feed = self._feeds.get(place)
        if feed is None:
            feed = self._feeds[place] = Feed(place)
        self._put(feed, partial(self._open, feed, reader, ref, since))

    def close_room(self, reader: Reader, place: str) -> None:
        """Show it no longer."""
        feed = self._feeds.get(place)
        if feed is not None and feed.seats.pop(reader, None) is not None:
            self._forget_unused(feed)

    # --- notices --------------------------------------------------------------------------------------------------

    async def run(self, notices: AsyncIterator[Notice]) -> None:
        """Sort notices until cancelled."""
        while True:
            try:
                async for notice in notices:
                    self.sort(notice)
            except NoticesLost:
                log.warning("gateway.notices_lost")
                for reader in self.readers():
                    reader.fail()
            except Exception:
                log.exception("gateway.notice_failed")

    def sort(self, notice: Notice) -> None:
        """Hand a notice to whom it concerns."""
        match notice:
            case RoomGrew(room_id, events):
                feed = self._feeds.get(room_id)
                if feed is not None:
                    if not feed.grown:
                        self._put(feed, partial(self._grow, feed))
                    feed.grown.extend(events)
            case FloorChanged():
                self._put_floor()
            case IssueChanged(issue_id):
                self._put_floor()
                for feed in self._by_issue.get(issue_id, ()):
                    if not feed.issue_due:
                        feed.issue_due = True
                        self._put(feed, partial(self._tell_issue, feed))
            case WordsKept(words):
                feed = self._feeds.get(words.place)
                if feed is not None:
                    self._put(feed, partial(self._read_on, feed))
            case WordsPlaced(words):
                self._tell_author(words)
            case SessionEnded(session_id):
                for reader in list(self._by_session.get(session_id, ())):
                    reader.end_session()
            case Typing(room_id, user_ids):
                self._tell(room_id, lambda: TypingNow(room=room_id, users=list(user_ids)))
            case WordsGrow(room_id, answer, user_id, body):
                self._tell(room_id, lambda: Stream(room=room_id, target=answer, user_id=user_id, body=body))
            case Receipt(room_id, user_id, event_id):
                self._tell(room_id, lambda: Read(room=room_id, user_id=user_id, event_id=event_id))

    def _put_floor(self) -> None:
        """One piece tells of everything that changed until it is done."""
        feed = self._feeds.get(FLOOR)
        if feed is not None and not feed.issue_due:
            feed.issue_due = True
            self._put(feed, partial(self._tell_floor, feed))

    async def _tell_floor(self, feed: Feed) -> None:
        await self._floor.pause()
        feed.issue_due = False
        if feed.seats:
            feed.tell(build_text_of(await self._floor.load()))

    async def _open_floor(self, feed: Feed, reader: Reader, ref: int) -> None:
        if not self._floor.may_see(reader.principal):
            reader.refuse(ref, feed.place, Errcode.UNKNOWN_ROOM)
            return
        nothing = VisibleHistory([], 0, complete=True)
        texts = [build_history_text(feed.place, nothing, self._history_bytes), build_text_of(await self._floor.load())]
        if reader.admit(ref, feed.place):
            feed.seat(reader, nothing, texts)

    def _tell(self, place: str, build: Callable[[], ServerFrame]) -> None:
        feed = self._feeds.get(place)
        if feed is not None and feed.seats:
            feed.tell(build_text_of(build()))

    def _tell_author(self, words: Words) -> None:
        for reader in list(self._by_principal.get(words.author, ())):
            reader.placed(words)

    # --- pieces of a feed's lane ----------------------------------------------------------------------------------

    def _put(self, feed: Feed, piece: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            try:
                await piece()
            except Exception:
                # Whoever looks at this room may have missed something: they come back and resume by their cursors.
                log.exception("gateway.feed_failed", place=feed.place)
                for reader in list(feed.seats):
                    reader.fail()
            finally:
                self._forget_unused(feed)

        feed.lane.put(run)

    def _forget_unused(self, feed: Feed) -> None:
        if not feed.is_unused or self._feeds.get(feed.place) is not feed:
            return
        del self._feeds[feed.place]
        if feed.record is not None and feed.record.issue_id is not None:
            _discard(self._by_issue, feed.record.issue_id, feed)

    async def _open(self, feed: Feed, reader: Reader, ref: int, since: int | None) -> None:
        if feed.place == FLOOR:
            await self._open_floor(feed, reader, ref)
            return
        try:
            await self._load_record(feed, reader)
            history = await self._timeline.load_history(reader.principal, feed.place, since, self._history_limit)
            texts = [build_history_text(feed.place, history, self._history_bytes)]
            if feed.record is not None:
                people = await self._timeline.load_people(reader.viewers, feed.record)
                joined = Membership.JOIN.value
                texts += [build_text_of(build_member(feed.place, person, joined)) for person in people]
                texts += await self._load_issue(feed, reader.viewers)
        except Unknown:
            reader.refuse(ref, feed.place, Errcode.UNKNOWN_ROOM)
        except Exception:
            log.exception("gateway.room_failed", place=feed.place)
            reader.refuse(ref, feed.place, Errcode.UNKNOWN)
        else:
            if reader.admit(ref, feed.place):
                feed.seat(reader, history, texts)

    async def _load_record(self, feed: Feed, reader: Reader) -> None:
        """Learn what the room is, and hear of its issue from before anything of it is read."""
        record = await self._timeline.may_read(reader.principal, feed.place)
        if record is None:
            raise Unknown("room", feed.place)
        feed.record = record
        if record.issue_id is not None:
            self._by_issue.setdefault(record.issue_id, set()).add(feed)

    async def _grow(self, feed: Feed) -> None:
        stored, feed.grown = feed.grown, []
        if feed.seats and feed.record is not None:
            feed.deliver(stored, await self._timeline.load_live(feed.record, stored, feed.readers()))

    async def _read_on(self, feed: Feed) -> None:
        """Words were written in a lobby. All who look at it are its guest, with several windows."""
        if not feed.seats:
            return
        since = min(seat.cursor for seat in feed.seats.values())
        history = await self._timeline.load_history(feed.readers()[0], feed.place, since, MOST_WORDS)
        for event in history.events:
            feed.send(event.seq, build_texts(event, {}))

    async def _tell_issue(self, feed: Feed) -> None:
        feed.issue_due = False
        for viewers in feed.viewers():
            for text in await self._load_issue(feed, viewers):
                if feed.issue_told.get(viewers) != text:
                    feed.issue_told[viewers] = text
                    feed.tell(text, viewers)

    async def _load_issue(self, feed: Feed, viewers: Viewers) -> list[bytes]:
        if feed.record is None or feed.record.issue_id is None:
            return []
        frame = await load_issue_now(self._store, feed.place, feed.record.issue_id, viewers)
        return [] if frame is None else [build_text_of(frame)]


def _discard(sets: dict[K, set[V]], key: K, value: V) -> None:
    """Take a value out of one of the sets; an empty one is forgotten."""
    values = sets.get(key)
    if values is not None:
        values.discard(value)
        if not values:
            del sets[key]
