"""A room that somebody looks at: from its notices to its readers' sockets, everything in order.

    RoomGrew, IssueChanged, a socket's `join` ─▶ the feed's lane, one piece at a time:

      join     subscribed since before it reads ─▶ load history ─▶ history, members, issue ─▶ reader (cursor)
      grew     load once ─▶ one frame for each audience that is here ─▶ every reader whose cursor is before it

An event that is stored after a history was read is told of after that read, so it waits in the lane behind the join
and is sent next. One stored before is in the history, and its notice, if it still comes, is behind the cursor. So
nothing is missed and nothing comes twice, however the two fall. A room that nobody looks at has no feed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final, Literal, Protocol

from bridge.desk.timeline import Live, VisibleHistory, VisiblePerson
from bridge.desk.visible import MEMBER, Viewers, VisibleEvent
from bridge.gateway.frames import Errcode, Event, EventBody, History, Member, ServerFrame, Update, build_payload
from bridge.gateway.lane import Lane
from bridge.gateway.wire import build_text
from bridge.ports import Principal, RoomRecord, StoredEvent, Words
from policies.names import Role, UserId
from policies.rooms import Membership

ROLES: Final[Mapping[Role, Literal["guest", "staff", "robot", "bridge"]]] = {
    Role.GUEST: "guest",
    Role.EMPLOYEE: "staff",
    Role.SUPERVISOR: "staff",
    Role.ADMIN: "staff",
    Role.ROBOT: "robot",
    Role.BRIDGE: "bridge",
}


class Reader(Protocol):
    """A socket, as the fan-out sees it. Nothing here waits."""

    @property
    def principal(self) -> Principal: ...
    @property
    def session_id(self) -> str: ...
    @property
    def expires_at(self) -> datetime:
        """When its token ends."""

    @property
    def viewers(self) -> Viewers: ...
    @property
    def rooms(self) -> Collection[str]:
        """The rooms that it joined, or is joining."""

    def admit(self, ref: int, room: str) -> bool:
        """Whether it still wants the room that was loaded for this `join`."""

    def refuse(self, ref: int, room: str, errcode: Errcode) -> None:
        """The room could not be opened."""

    def put(self, text: bytes) -> bool:
        """Send a frame built by `wire.build_text`; False if it reads too slowly, or is gone."""

    def too_slow(self, room: str, cursor: int | None) -> None:
        """End it: of this room it got everything up to the cursor, if anything."""

    def placed(self, words: Words) -> None:
        """Something its principal wrote is in its room."""

    def end_session(self) -> None:
        """End it: its token expired or was revoked."""

    def leave_off(self) -> None:
        """End it: the server stops."""

    async def settled(self) -> None:
        """Return once everything it sent is written."""

    def fail(self) -> None:
        """End it: something that it should have got is lost to it. It comes back, and catches up by its cursors."""


class Seat:
    """One reader's place in a feed. `live` is False while they are not in the room: they read what was, only."""

    __slots__ = ("cursor", "live", "reader")

    def __init__(self, reader: Reader, cursor: int, *, live: bool) -> None:
        self.reader = reader
        self.cursor = cursor
        self.live = live


class Feed:
    """A room and who looks at it."""

    __slots__ = ("grown", "issue_due", "issue_told", "lane", "place", "record", "seats")

    def __init__(self, place: str) -> None:
        self.place = place
        self.record: RoomRecord | None = None
        self.seats: dict[Reader, Seat] = {}
        self.lane = Lane(place)
        self.grown: list[StoredEvent] = []
        """Told of, and not yet sent."""
        self.issue_due = False
        """Whether a piece that tells of the issue waits already."""
        self.issue_told: dict[Viewers, bytes] = {}

    @property
    def is_unused(self) -> bool:
        """Whether it can be forgotten."""
        return not self.seats and not self.lane.waiting

    def readers(self) -> list[Principal]:
        """Who looks at it, each once."""
        return list({seat.reader.principal.id: seat.reader.principal for seat in self.seats.values()}.values())

    def viewers(self) -> set[Viewers]:
        """The audiences that look at it."""
        return {seat.reader.viewers for seat in self.seats.values()}

    def seat(self, reader: Reader, history: VisibleHistory, first: Iterable[bytes]) -> None:
        """Send what a `join` is answered with; what happens next follows."""
        for text in first:
            if not reader.put(text):
                reader.too_slow(self.place, None)
                return
        self.seats[reader] = Seat(reader, history.cursor, live=history.goes_on)
        self.issue_told.clear()  # this reader may have read something newer than what the others were told

    def tell(self, text: bytes, to: Viewers | None = None) -> None:
        """Send a frame that has no place in the order of events."""
        for seat in list(self.seats.values()):
            reader = seat.reader
            if seat.live and to in (None, reader.viewers) and not reader.put(text):
                reader.too_slow(self.place, seat.cursor)

    def deliver(self, stored: Iterable[StoredEvent], live: Live) -> None:
        """Send new events: each is made into bytes once for each audience, however many read."""
        shown = {viewers: {e.event_id: e for e in events} for viewers, events in live.shown.items()}
        for one in stored:
            event = one.event
            forms = {viewers: by_id.get(event.event_id) for viewers, by_id in shown.items()}
            texts = {viewers: build_texts(form, live.people) for viewers, form in forms.items()}
            txn_id = live.txn_ids.get(event.event_id)
            own: tuple[bytes, ...] | None = None
            subject = event.state_key if event.type == MEMBER else None
            is_in = event.content.get("membership") == Membership.JOIN
            for seat in list(self.seats.values()):
                if one.seq <= seat.cursor:
                    continue
                reader = seat.reader
                user_id = reader.principal.user_id
                if not seat.live and not (is_in and subject == user_id):
                    continue
                sent = texts.get(reader.viewers, ())
                if txn_id is not None and event.sender == user_id:
                    own = build_texts(forms[reader.viewers], live.people, txn_id) if own is None else own
                    sent = own
                self._send(seat, sent, one.seq)
                seat.live = is_in if subject == user_id else True

    def send(self, seq: int, texts: tuple[bytes, ...]) -> None:
        """Send what has a place in the order, and is the same for everybody here."""
        for seat in list(self.seats.values()):
            if seq > seat.cursor:
                self._send(seat, texts, seq)

    def _send(self, seat: Seat, texts: tuple[bytes, ...], seq: int) -> None:
        for text in texts:
            if not seat.reader.put(text):
                seat.reader.too_slow(self.place, seat.cursor)
                return
        seat.cursor = seq


def build_texts(
    visible: VisibleEvent | None, people: Mapping[UserId, VisiblePerson], txn_id: str | None = None
) -> tuple[bytes, ...]:
    """The frames that tell of an event: itself, and for a membership who that is."""
    if visible is None:
        return ()
    event = build_text_of(build_event_frame(visible, txn_id))
    person = people.get(UserId(visible.state_key)) if visible.type == MEMBER and visible.state_key else None
    if person is None:
        return (event,)
    return event, build_text_of(build_member(visible.place, person, str(visible.content.get("membership", ""))))


def build_event_frame(visible: VisibleEvent, txn_id: str | None = None) -> Event | Update:
    """`update` for what changes something that was said before, `event` for the rest."""
    body = build_body(visible, txn_id)
    if visible.target is None:
        return Event(room=visible.place, event=body, cursor=visible.seq)
    return Update(room=visible.place, target=visible.target, event=body, cursor=visible.seq)


def build_body(visible: VisibleEvent, txn_id: str | None = None) -> EventBody:
    """The event's shape in frames."""
    return EventBody(
        event_id=visible.event_id,
        room=visible.place,
        type=visible.type,
        sender=visible.sender,
        sender_name=visible.sender_name,
        ts=visible.ts,
        content=dict(visible.content),
        state_key=visible.state_key,
        target=visible.target,
        txn_id=txn_id or visible.txn_id,
    )


def build_member(place: str, person: VisiblePerson, membership: str) -> Member:
    """A person of a room."""
    return Member(room=place, user_id=person.user_id, name=person.name, role=ROLES[person.role], membership=membership)


def build_history_text(place: str, history: VisibleHistory, max_bytes: int) -> bytes:
    """The `history` frame, without its oldest events if it would be too long for the queue of a socket."""
    events, complete = [build_body(event) for event in history.events], history.complete
    while True:
        frame = History(room=place, events=events, cursor=history.cursor, complete=complete)
        payload = build_payload(frame)
        if len(payload) <= max_bytes or len(events) <= 1:
            return build_text(payload)
        events, complete = events[(len(events) + 1) // 2 :], False


def build_text_of(frame: ServerFrame) -> bytes:
    """A frame as it goes over the wire."""
    return build_text(build_payload(frame))
