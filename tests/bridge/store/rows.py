"""Rows to store, with what a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bridge.ports import IncomingEvent, Principal, PrincipalId, Words, WordsId
from policies.names import EventId, IssueId, Role, RoomId, Standing, UserId

BOT: Final = UserId("@chaperone:localhost")
NOW: Final = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
ROOM: Final = RoomId("!room")
GINA: Final = Principal(
    PrincipalId("p-gina"), "gina", Role.GUEST, None, Standing.ALLOWED, UserId("@guest-gina:localhost")
)
HUGO: Final = Principal(
    PrincipalId("p-hugo"), "hugo", Role.GUEST, None, Standing.ALLOWED, UserId("@guest-hugo:localhost")
)


def url_of(path: Path) -> str:
    """The database in this file."""
    return f"sqlite+aiosqlite:///{path}"


def later(seconds: float) -> datetime:
    """So long after `NOW`."""
    return NOW + timedelta(seconds=seconds)


def words(
    words_id: str, txn_id: str, body: str = "Hello?", *, author: Principal = GINA, place: str = "lobby:1"
) -> Words:
    """Words of a guest in the lobby of issue 1."""
    return Words(WordsId(words_id), author.id, author.user_id, place, txn_id, body, IssueId("1"), NOW)


def event(
    event_id: str,
    content: Mapping[str, Any] | None = None,
    *,
    room: RoomId = ROOM,
    sender: UserId = GINA.user_id,
    event_type: str = "m.room.message",
    ts: int = 0,
    state_key: str | None = None,
    redacts: str | None = None,
) -> IncomingEvent:
    """An event as the homeserver tells it."""
    return IncomingEvent(
        event_id=EventId(event_id),
        room_id=room,
        type=event_type,
        sender=sender,
        origin_server_ts=ts,
        content={"msgtype": "m.text", "body": event_id} if content is None else content,
        state_key=state_key,
        redacts=None if redacts is None else EventId(redacts),
    )


def edit(event_id: str, target: str, body: str, *, ts: int = 1, sender: UserId = GINA.user_id) -> IncomingEvent:
    """An edit of a message."""
    content = {
        "body": f"* {body}",
        "m.new_content": {"body": body},
        "m.relates_to": {"rel_type": "m.replace", "event_id": target},
    }
    return event(event_id, content, ts=ts, sender=sender)


def redaction(event_id: str, target: str, *, room: RoomId = ROOM) -> IncomingEvent:
    """A redaction, as rooms of version 12 have it."""
    return event(event_id, {"redacts": target}, event_type="m.room.redaction", redacts=target, room=room)
