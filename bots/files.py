"""The files of a room that a robot may be asked about: uploaded there, by staff, and readable.

Whose file it is, is asked of the directory at that moment; a file of anybody else is as good as not there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bots.events import MESSAGE, Event
from bots.ports import Homeserver
from policies.content import as_mapping, text_at
from policies.names import EventId, RoomId
from policies.people import Directory

FILE: Final = "m.file"
PAGES: Final = 5
"""How far back a room is searched: this many hundred files."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One uploaded file. `size` is what the sender's client said, or None."""

    event_id: EventId
    name: str
    mimetype: str
    uri: str
    size: int | None = None
    in_thread: bool = False

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON."""
        return self.mimetype.partition(";")[0] == "application/json" or self.name.casefold().endswith(".json")


class Files(Protocol):
    """What a robot may ask about the files of the room in which it was asked."""

    async def newest(self) -> tuple[Attachment, ...]:
        """The files of the room, those of the question's thread first, then the newest first."""
        ...

    async def at(self, event_id: EventId) -> Attachment | None:
        """The file that this event is, if it is one."""
        ...

    async def load(self, attachment: Attachment, limit: int) -> bytes:
        """What is in it.

        :raises FileTooLarge: if it has more than `limit` bytes.
        """
        ...


def parse_attachment(event: Event, thread: EventId | None = None) -> Attachment | None:
    """The file of a message; None if it has none, or one that only its room's members can decrypt."""
    content = event.content
    uri, body = text_at(content, "url"), text_at(content, "body")
    if event.type != MESSAGE or event.replaces or content.get("msgtype") != FILE or not uri:
        return None
    info = as_mapping(content.get("info"))
    size: Any = info.get("size")
    return Attachment(
        event_id=event.event_id,
        name=text_at(content, "filename") or body,
        mimetype=text_at(info, "mimetype").casefold(),
        uri=uri,
        size=size if isinstance(size, int) and not isinstance(size, bool) else None,
        in_thread=thread is not None and event.thread == thread,
    )


class RoomFiles:
    """The files of one room, for one question. Implements `Files`."""

    def __init__(
        self,
        homeserver: Homeserver,
        room_id: RoomId,
        thread: EventId,
        load_directory: Callable[[], Awaitable[Directory]],
    ) -> None:
        self._homeserver = homeserver
        self._room_id = room_id
        self._thread = thread
        self._load_directory = load_directory

    async def newest(self) -> tuple[Attachment, ...]:
        """See `Files`."""
        directory = await self._load_directory()
        found: list[Attachment] = []
        before: str | None = None
        for _ in range(PAGES):
            page = await self._homeserver.load_page(self._room_id, before=before, files_only=True)
            found += [a for event in page.events if (a := self._offered(event, directory))]
            before = page.before
            if before is None:
                break
        return tuple(sorted(found, key=lambda attachment: not attachment.in_thread))

    async def at(self, event_id: EventId) -> Attachment | None:
        """See `Files`."""
        event = await self._homeserver.load_event(self._room_id, event_id)
        return self._offered(event, await self._load_directory()) if event else None

    async def load(self, attachment: Attachment, limit: int) -> bytes:
        """See `Files`."""
        return await self._homeserver.load_file(attachment.uri, limit)

    def _offered(self, event: Event, directory: Directory) -> Attachment | None:
        attachment = parse_attachment(event, self._thread)
        return attachment if attachment and directory.who_is(event.sender).is_staff else None
