"""What a robot has to remember over a restart: its login, how far it has read, and which answers it still owes.

    question seen ─▶ placeholder sent ─▶ written here: owed, and read up to there ─▶ answer ─▶ no longer owed
                └─ killed before ──▶ seen again, and the same placeholder (its id derives from the question)

One file per robot, replaced as a whole, readable by its owner only. A file that cannot be understood is a robot that
starts afresh: it logs in anew and finds its unfinished answers in the rooms.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import structlog

from policies.content import as_mapping, text_at
from policies.names import EventId, RoomId, UserId

log = structlog.get_logger(__name__)

DEVICE_PREFIX: Final = "ROBOT"


@dataclass(frozen=True, slots=True)
class Owed:
    """An answer whose placeholder stands in the room. `starts` counts how often the host began with it."""

    room_id: RoomId
    question: EventId
    placeholder: EventId
    starts: int = 1


@dataclass(frozen=True, slots=True)
class Session:
    """All of it, as of one moment."""

    user_id: UserId
    access_token: str = ""
    device_id: str = ""
    next_batch: str = ""
    owed: tuple[Owed, ...] = ()

    def __repr__(self) -> str:
        return f"Session({self.user_id}, device {self.device_id}, {len(self.owed)} owed)"

    def with_owed(self, answer: Owed) -> Session:
        """Owing this answer, whatever stood here for the same question."""
        return replace(self, owed=(*(o for o in self.owed if o.question != answer.question), answer))

    def without_owed(self, question: EventId) -> Session:
        """Owing no answer to this question."""
        return replace(self, owed=tuple(o for o in self.owed if o.question != question))


class SessionStore:
    """The session as it is, and the file that always says the same."""

    def __init__(self, path: Path, user_id: UserId) -> None:
        self._path = path
        self.session = _load(path, user_id)

    def save(self, session: Session) -> None:
        """Go on with this one. The file is replaced: after a crash there is the old one or the new one."""
        if session == self.session:
            return
        self.session = session
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(session), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


def _load(path: Path, user_id: UserId) -> Session:
    try:
        raw = as_mapping(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Session(user_id)
    except (OSError, ValueError) as fault:
        log.warning("robot.session_unreadable", robot=user_id, fault=type(fault).__name__)
        return Session(user_id)
    if raw.get("user_id") != user_id:
        return Session(user_id)
    return Session(
        user_id=user_id,
        access_token=text_at(raw, "access_token"),
        device_id=text_at(raw, "device_id"),
        next_batch=text_at(raw, "next_batch"),
        owed=tuple(_parse_owed(raw.get("owed"))),
    )


def _parse_owed(raw: Any) -> list[Owed]:
    owed = []
    for entry in map(as_mapping, raw if isinstance(raw, list) else ()):
        room_id, question, placeholder = (text_at(entry, key) for key in ("room_id", "question", "placeholder"))
        starts = entry.get("starts")
        if room_id and question and placeholder and isinstance(starts, int):
            owed.append(Owed(RoomId(room_id), EventId(question), EventId(placeholder), starts))
    return owed


def derive_password(secret: str, user_id: UserId) -> str:
    """A robot's password, which the homeserver's module derives in the same way and nobody stores."""
    return hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()


def derive_device_id(user_id: UserId) -> str:
    """The device of a robot that has none yet. Always the same one, so that no login leaves a device behind."""
    return f"{DEVICE_PREFIX}{hashlib.sha256(user_id.encode()).hexdigest()[:10].upper()}"
