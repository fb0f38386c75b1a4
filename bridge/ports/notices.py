"""Telling the sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.ports.events import StoredEvent
from bridge.ports.words import Words
from policies.names import EventId, IssueId, RoomId, UserId


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
