"""One socket's session as a state machine without I/O: frames and outcomes in, effects out. No clock, no await.

A room, as this session sees it:

            join ──▶ JOINING ── admitted ──▶ JOINED ── join: sent again from the start ──▶ JOINING
    absent ◀─ refused ─┘  └──────── leave ─────┴──▶ absent

A message, from its frame to the last `ack`:

    message ─▶ WRITING ─ wrote, with event id ──────────────────────────▶ ack with event_id
                  └─ wrote ─▶ WAITING ─ placed in time ─────────────────▶ ack with event_id
                                 └─ patience over, or a lobby ─▶ ack ─▶ UNPLACED ─ placed ─▶ ack with event_id

`TABLE` says which frame is in order when. Whatever a client sends, the answer is a tuple of effects, never an
exception: a frame that cannot be done is answered by `error`, and the session goes on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from bridge.desk.lobby import LOBBY
from bridge.gateway.effects import CloseRoom, Effect, OpenRoom, Pause, Send, TellRead, Wait, Write
from bridge.gateway.frames import (
    CLIENT_FRAME,
    Ack,
    Errcode,
    Error,
    Join,
    Leave,
    Limits,
    Message,
    Ping,
    Pong,
    RoomFrame,
    Self,
    SetRead,
    SetTyping,
    Welcome,
)
from bridge.gateway.limits import Bucket
from bridge.ports import Principal, Words, WordsId
from policies.names import Code, EventId
from policies.outcomes import Refuse

FRAMES_PER_SECOND: Final = 50
FRAMES_AT_ONCE: Final = 200
"""A client that reconnects joins its rooms and sends again what was not acknowledged, all at once."""
LONGEST_PAUSE: Final = 1.0
"""Seconds. Longer, and the answer to a `ping` would come too late."""
READS_PER_SECOND: Final = 2
READS_AT_ONCE: Final = 10


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What is too much for one session."""

    frame_bytes: int
    message_letters: int
    messages_per_minute: int
    heartbeat: float
    rooms: int = 64
    writes: int = 64
    """Messages that are not yet durable."""
    unplaced: int = 512
    """Messages that are durable and wait for a room, whose second `ack` is still owed."""


class Phase(Enum):
    """Where a room stands in this session."""

    ABSENT = auto()
    JOINING = auto()
    JOINED = auto()


ANY: Final = frozenset({Phase.JOINING, Phase.JOINED})
TABLE: Final = MappingProxyType(
    {
        Join: frozenset({Phase.ABSENT, Phase.JOINED}),
        Leave: ANY,
        # A client that comes back sends `join` and then what was not acknowledged, without waiting for the history.
        Message: ANY,
        SetTyping: ANY,
        SetRead: frozenset({Phase.JOINED}),
    }
)
"""In which phases of its room a frame is in order."""


@dataclass(slots=True)
class _Room:
    ref: int
    phase: Phase


@dataclass(slots=True)
class _Sent:
    """A message under way. `words_id` is set once it is durable."""

    room: str
    txn_id: str
    words_id: WordsId | None = None


class Session:
    """The state of one socket. `messages` is shared by all sessions of a guest, so that many sockets are not more."""

    __slots__ = ("_early", "_frames", "_limits", "_messages", "_next_ref", "_principal", "_reads", "_rooms", "_sent")

    def __init__(self, principal: Principal, limits: SessionLimits, messages: Bucket, now: float) -> None:
        self._principal = principal
        self._limits = limits
        self._messages = messages
        self._frames = Bucket(FRAMES_PER_SECOND, FRAMES_AT_ONCE, now)
        self._reads: Bucket | None = None
        self._rooms: dict[str, _Room] = {}
        self._sent: dict[int, _Sent] = {}
        self._early: dict[WordsId, EventId] = {}
        self._next_ref = 0

    def welcome(self, name: str) -> tuple[Effect, ...]:
        """The session begins."""
        principal, limits = self._principal, self._limits
        return (
            Send(
                Welcome(
                    principal=Self(
                        id=principal.id,
                        role=principal.role.value,
                        tier=None if principal.tier is None else str(principal.tier),
                        user_id=principal.user_id,
                        name=name,
                    ),
                    heartbeat=limits.heartbeat,
                    limits=Limits(
                        frame_bytes=limits.frame_bytes,
                        message_letters=limits.message_letters,
                        messages_per_minute=limits.messages_per_minute,
                    ),
                )
            ),
        )

    # --- frames ---------------------------------------------------------------------------------------------------

    def received(self, data: bytes | str, now: float) -> tuple[Effect, ...]:
        """A text message came."""
        pause = self._frames.take(now)
        effects = self._received(data, now)
        return effects if not pause else (*effects, Pause(min(pause, LONGEST_PAUSE)))

    def received_other(self) -> tuple[Effect, ...]:
        """A binary message came."""
        return (_error(Errcode.BAD_FRAME, "Frames are JSON in text messages."),)

    def _received(self, data: bytes | str, now: float) -> tuple[Effect, ...]:
        if len(data) > self._limits.frame_bytes:
            return (_error(Errcode.FRAME_TOO_LARGE, f"A frame may have {self._limits.frame_bytes} bytes."),)
        try:
            frame = CLIENT_FRAME.validate_json(data)
        except ValidationError as invalid:
            return (_error(Errcode.BAD_FRAME, _describe(invalid)),)
        if isinstance(frame, Ping):
            return (Send(Pong()),)
        room = self._rooms.get(frame.room)
        if (Phase.ABSENT if room is None else room.phase) not in TABLE[type(frame)]:
            return (self._out_of_order(frame),)
        match frame:
            case Join():
                return self._join(frame, room)
            case Leave():
                del self._rooms[frame.room]
                return (CloseRoom(frame.room),)
            case Message():
                return self._message(frame, now)
            case SetTyping():
                # Nothing comes of it yet: the homeserver is told of a guest's typing together with presence.
                return ()
            case SetRead():
                return self._read(frame, now)

    def _out_of_order(self, frame: RoomFrame) -> Effect:
        sentence = "This room is being joined already." if isinstance(frame, Join) else "Join this room first."
        return _error(Errcode.OUT_OF_ORDER, sentence, frame)

    def _join(self, frame: Join, room: _Room | None) -> tuple[Effect, ...]:
        if room is None and len(self._rooms) >= self._limits.rooms:
            return (_error(Errcode.TOO_MANY_ROOMS, f"At most {self._limits.rooms} rooms at once.", frame),)
        ref = self._new_ref()
        self._rooms[frame.room] = _Room(ref, Phase.JOINING)
        opening = OpenRoom(ref, frame.room, frame.since)
        # Joined again: what happens in between comes by the new history, so the old subscription has to end first.
        return (opening,) if room is None else (CloseRoom(frame.room), opening)

    def _message(self, frame: Message, now: float) -> tuple[Effect, ...]:
        if len(frame.body) > self._limits.message_letters:
            sentence = f"A message may have {self._limits.message_letters} letters."
            return (_error(Code.TOO_LARGE, sentence, frame),)
        if sum(sent.words_id is None for sent in self._sent.values()) >= self._limits.writes:
            return (_limited("Too many messages at once.", 1.0, frame),)
        wait = self._messages.take(now)
        if wait:
            return (_limited("You write faster than we can read. Please wait a moment.", wait, frame),)
        ref = self._new_ref()
        self._sent[ref] = _Sent(frame.room, frame.txn_id)
        return (Write(ref, frame.room, frame.txn_id, frame.body, frame.reply_to),)

    def _read(self, frame: SetRead, now: float) -> tuple[Effect, ...]:
        if self._reads is None:
            self._reads = Bucket(READS_PER_SECOND, READS_AT_ONCE, now)
        return () if self._reads.take(now) else (TellRead(frame.room, frame.event_id),)

    # --- rooms ----------------------------------------------------------------------------------------------------

    @property
    def rooms(self) -> tuple[str, ...]:
        """Those that were joined, or are being joined."""
        return tuple(self._rooms)

    def admit(self, ref: int, room: str) -> bool:
        """The room is loaded: may its history be sent? Not if it was left, or joined anew, in the meantime."""
        state = self._rooms.get(room)
        if state is None or state.ref != ref:
            return False
        state.phase = Phase.JOINED
        return True

    def room_refused(self, ref: int, room: str, errcode: Errcode) -> tuple[Effect, ...]:
        """The room could not be opened."""
        state = self._rooms.get(room)
        if state is None or state.ref != ref:
            return ()
        del self._rooms[room]
        sentence = (
            "There is no such room, or it is not for you."
            if errcode is Errcode.UNKNOWN_ROOM
            else "The room could not be read. Try again."
        )
        return (Send(Error(errcode=errcode, error=sentence, room=room)),)

    # --- messages -------------------------------------------------------------------------------------------------

    def wrote(self, ref: int, outcome: Words | Refuse) -> tuple[Effect, ...]:
        """The desk answered: the words are durable, or refused."""
        sent = self._sent[ref]
        if isinstance(outcome, Refuse):
            self._forget(ref)
            error = Error(
                errcode=outcome.code,
                error=outcome.sentence,
                room=sent.room,
                txn_id=sent.txn_id,
                reopen=True if outcome.code is Code.ISSUE_CONCLUDED else None,
            )
            return (Send(error),)
        event_id = outcome.event_id or self._early.get(outcome.id)
        if event_id is not None:
            self._forget(ref)
            return (_ack(sent, event_id),)
        sent.words_id = outcome.id
        self._forget_early()
        if sent.room.startswith(LOBBY):
            return self.patience_over(ref)  # an employee has to come first: that is nothing to hold an `ack` for
        return (Wait(ref),)

    def write_failed(self, ref: int, errcode: Errcode) -> tuple[Effect, ...]:
        """The desk could not be asked, or knows no such place."""
        sent = self._sent[ref]
        self._forget(ref)
        sentence = (
            "There is no such room, or it is not for you."
            if errcode is Errcode.UNKNOWN_ROOM
            else "The message could not be kept. Send it again."
        )
        return (Send(Error(errcode=errcode, error=sentence, room=sent.room, txn_id=sent.txn_id)),)

    def patience_over(self, ref: int) -> tuple[Effect, ...]:
        """The words are durable and still in no room: say so, and go on waiting for the rest."""
        sent = self._sent.get(ref)
        if sent is None or sent.words_id is None:
            return ()
        if len(self._sent) > self._limits.unplaced:
            oldest = next(iter(self._sent))
            if self._sent[oldest].words_id is not None:
                del self._sent[oldest]
        return (_ack(sent, None),)

    def placed(self, words: Words) -> tuple[Effect, ...]:
        """Some words of this principal are in their room now."""
        if words.event_id is None:
            return ()
        owed = [ref for ref, sent in self._sent.items() if sent.words_id == words.id]
        if not owed and any(sent.words_id is None for sent in self._sent.values()):
            self._early[words.id] = words.event_id  # they may be those that the desk has not answered for yet
        return tuple(_ack(self._sent.pop(ref), words.event_id) for ref in owed)

    def _forget(self, ref: int) -> None:
        del self._sent[ref]
        self._forget_early()

    def _forget_early(self) -> None:
        if not any(sent.words_id is None for sent in self._sent.values()):
            self._early.clear()

    def _new_ref(self) -> int:
        self._next_ref += 1
        return self._next_ref


def _ack(sent: _Sent, event_id: EventId | None) -> Effect:
    return Send(Ack(room=sent.room, txn_id=sent.txn_id, event_id=event_id))


def _error(errcode: Errcode | Code, sentence: str, frame: RoomFrame | None = None) -> Effect:
    return Send(
        Error(
            errcode=errcode,
            error=sentence,
            room=None if frame is None else frame.room,
            txn_id=frame.txn_id if isinstance(frame, Message) else None,
        )
    )


def _limited(sentence: str, wait: float, frame: Message) -> Effect:
    return Send(
        Error(
            errcode=Errcode.LIMIT_EXCEEDED,
            error=sentence,
            room=frame.room,
            txn_id=frame.txn_id,
            retry_after_ms=max(1, math.ceil(wait * 1000)),
        )
    )


def _describe(invalid: ValidationError) -> str:
    """Where the first fault is and what, never the value: it may be anything, a password too."""
    fault = invalid.errors(include_url=False, include_input=False, include_context=False)[0]
    if fault["type"] == "json_invalid":
        return "The frame is not JSON."
    if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return "The frame has no known type."
    where = ".".join(str(part) for part in fault["loc"])[:64]
    return f"The frame does not fit: {where}: {fault['msg']}" if where else "The frame is not a JSON object."
