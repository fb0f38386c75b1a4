"""What a session asks its shell to do. Values; `socket.Connection` does them."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.gateway.frames import ServerFrame


@dataclass(frozen=True, slots=True)
class Send:
    """Tell the client."""

    frame: ServerFrame


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """Load the room and subscribe to it; then ask `Session.admit`, or tell `Session.room_refused`."""

    ref: int
    room: str
    since: int | None


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """End the subscription, if there is one."""

    room: str


@dataclass(frozen=True, slots=True)
class Write:
    """Hand the words to the desk, in order; then tell `Session.wrote` or `Session.write_failed`."""

    ref: int
    room: str
    txn_id: str
    body: str
    reply_to: str | None


@dataclass(frozen=True, slots=True)
class Wait:
    """Tell `Session.patience_over` when the patience for this write's event id is over."""

    ref: int


@dataclass(frozen=True, slots=True)
class TellRead:
    """Tell the others how far this one has read."""

    room: str
    event_id: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Read nothing from this client for so many seconds: it sends faster than anybody types."""

    seconds: float


Effect = Send | OpenRoom | CloseRoom | Write | Wait | TellRead | Pause
