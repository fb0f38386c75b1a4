"""One open socket: does what its session asks for, and is what the fan-out sees of it.

    frame ─▶ session ─▶ effects ─┬─ send ────────▶ wire (its buffer is the queue; over its bound: 4008)
                                 ├─ write ───────▶ lane, in order: desk ─▶ session ─▶ ack, error
                                 └─ open a room ─▶ fan-out ─▶ the room's feed

Nothing here keeps a frame waiting for another. A lane exists only while there is something in it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Final, Protocol

import structlog

from bridge.desk.timeline import person_of
from bridge.desk.visible import Viewers, viewers_of
from bridge.errors import Unknown
from bridge.gateway.effects import CloseRoom, Effect, OpenRoom, Pause, Send, TellRead, Wait, Write
from bridge.gateway.fanout import Fanout
from bridge.gateway.feed import build_text_of
from bridge.gateway.frames import CloseCode, Errcode
from bridge.gateway.lane import Lane, Piece
from bridge.gateway.session import Session
from bridge.gateway.wire import Wire
from bridge.ports import Principal, Receipt, Store, Words
from policies.names import EventId, RoomId
from policies.outcomes import Refuse
from policies.rooms import Membership

MAX_REASON: Final = 123
"""Bytes of a close frame's reason (RFC 6455, 5.5)."""

log = structlog.get_logger()


class Writer(Protocol):
    """The verb of `bridge.desk.issues.Desk` that a socket needs."""

    async def write(
        self, author: Principal, place: str, txn_id: str, body: str, reply_to: EventId | None = None
    ) -> Words | Refuse: ...


class Connection:
    """Implements `feed.Reader`."""

    __slots__ = (
        "_desk",
        "_fanout",
        "_hang_up",
        "_lane",
        "_patience",
        "_publish",
        "_store",
        "_wire",
        "expires_at",
        "is_open",
        "principal",
        "session",
        "session_id",
        "viewers",
    )

    def __init__(
        self,
        session: Session,
        principal: Principal,
        session_id: str,
        expires_at: datetime,
        *,
        wire: Wire,
        hang_up: Callable[[int, bytes], None],
        fanout: Fanout,
        desk: Writer,
        store: Store,
        publish: Callable[[Receipt], None],
        patience: float,
    ) -> None:
        self.session = session
        self.principal = principal
        self.session_id = session_id
        self.expires_at = expires_at
        self.viewers: Viewers = viewers_of(person_of(principal))
        self.is_open = True
        self._wire = wire
        self._hang_up = hang_up
        self._fanout = fanout
        self._desk = desk
        self._store = store
        self._publish = publish
        self._patience = patience
        self._lane: Lane | None = None

    # --- as the fan-out sees it -----------------------------------------------------------------------------------

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms that it joined, or is joining."""
        return self.session.rooms

    def admit(self, ref: int, room: str) -> bool:
        """Whether it still wants the room that was loaded for this `join`."""
        return self.is_open and self.session.admit(ref, room)

    def refuse(self, ref: int, room: str, errcode: Errcode) -> None:
        """The room could not be opened."""
        self.perform(self.session.room_refused(ref, room, errcode))

    def put(self, text: bytes) -> bool:
        """Send a frame; False if too much is waiting to be read."""
        return not self.is_open or self._wire.put(text)

    def placed(self, words: Words) -> None:
        """Something its principal wrote is in its room."""
        self.perform(self.session.placed(words))

    def too_slow(self, room: str | None = None, cursor: int | None = None) -> None:
        """End it, and say from where to go on."""
        cursors = self._fanout.cursors_of(self)
        first = {} if room is None or cursor is None else {room: cursor}
        self.end(CloseCode.TOO_SLOW, build_reason(first | cursors))

    def end_session(self) -> None:
        """End it: the token expired or was revoked."""
        self.end(CloseCode.TOKEN_ENDED, b"The token has ended; log in or refresh it.")

    def leave_off(self) -> None:
        """End it: the server stops."""
        self.end(CloseCode.GOING_AWAY, b"The server restarts; connect again.")

    def fail(self) -> None:
        """End it: something was lost to it. It comes back, and catches up by its cursors."""
        self.end(CloseCode.FAULT, b"Something went wrong here; connect again.")

    # --- as the server sees it ------------------------------------------------------------------------------------

    def perform(self, effects: Iterable[Effect]) -> float:
        """Do what the session asks for. Answers for how many seconds nothing shall be read."""
        pause = 0.0
        for effect in effects:
            if not self.is_open:
                break
            match effect:
                case Send(frame):
                    if not self._wire.put(build_text_of(frame)):
                        self.too_slow()
                case OpenRoom(ref, room, since):
                    self._fanout.open_room(self, ref, room, since)
                case CloseRoom(room):
                    self._fanout.close_room(self, room)
                case Write():
                    self._put(partial(self._write, effect))
                case Wait(ref):
                    asyncio.get_running_loop().call_later(self._patience, self._patience_over, ref)
                case TellRead():
                    self._put(partial(self._tell_read, effect))
                case Pause(seconds):
                    pause = seconds
        return pause

    def end(self, code: int, reason: bytes = b"") -> None:
        """Close it, whether or not its client reads."""
        if self.is_open:
            self.gone()
            self._hang_up(code, reason)

    def gone(self) -> None:
        """It is closed. What it sent before is still written."""
        self.is_open = False
        self._fanout.remove(self)

    async def settled(self) -> None:
        """Return once everything it sent is written."""
        if self._lane is not None:
            await self._lane.drained()

    def _put(self, piece: Piece) -> None:
        if self._lane is None:
            self._lane = Lane(self.session_id)
        self._lane.put(piece)

    async def _write(self, effect: Write) -> None:
        reply_to = None if effect.reply_to is None else EventId(effect.reply_to)
        try:
            outcome = await self._desk.write(self.principal, effect.room, effect.txn_id, effect.body, reply_to)
        except Unknown:
            self.perform(self.session.write_failed(effect.ref, Errcode.UNKNOWN_ROOM))
        except Exception:
            log.exception("gateway.write_failed")
            self.perform(self.session.write_failed(effect.ref, Errcode.UNKNOWN))
        else:
            self.perform(self.session.wrote(effect.ref, outcome))

    async def _tell_read(self, effect: TellRead) -> None:
        room = RoomId(effect.room)
        async with self._store.read() as tx:
            stored = await tx.events.load(EventId(effect.event_id))
            is_in = await tx.rooms.membership(room, self.principal.user_id) is Membership.JOIN
        if is_in and stored is not None and stored.event.room_id == room:
            self._publish(Receipt(room, self.principal.user_id, stored.event.event_id))

    def _patience_over(self, ref: int) -> None:
        self.perform(self.session.patience_over(ref))


def build_reason(cursors: dict[str, int]) -> bytes:
    """Rooms and their cursors as JSON, as many as a close frame holds."""
    kept: dict[str, int] = {}
    for room, cursor in cursors.items():
        if len(_json(kept | {room: cursor})) <= MAX_REASON:
            kept[room] = cursor
    return _json(kept)


def _json(cursors: dict[str, int]) -> bytes:
    return json.dumps(cursors, separators=(",", ":")).encode()
