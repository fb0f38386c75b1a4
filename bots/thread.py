"""A thread as one robot sees it. What anybody else but staff and the robot itself wrote is as good as not there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bots.conversation import Turn
from bots.events import Event
from bots.files import parse_attachment
from bots.ports import Homeserver
from bots.question import parse_follow_up, parse_question
from policies.content import as_mapping, text_at
from policies.names import ANSWER_KEY, EventId, RoomId, UserId
from policies.people import Directory


class RoomThread:
    """The thread of one question. Implements `bots.conversation.Conversation`."""

    def __init__(
        self,
        homeserver: Homeserver,
        room_id: RoomId,
        question: EventId,
        thread: EventId,
        robot: UserId,
        load_directory: Callable[[], Awaitable[Directory]],
    ) -> None:
        self._homeserver = homeserver
        self._room_id = room_id
        self._question = question
        self._thread = thread
        self._robot = robot
        self._load_directory = load_directory

    async def turns(self) -> tuple[Turn, ...]:
        """See `Conversation`."""
        if self._thread == self._question:
            return ()
        root = await self._homeserver.load_event(self._room_id, self._thread)
        following = await self._homeserver.load_thread(self._room_id, self._thread)
        events = [*([root] if root else []), *following]
        ids = [event.event_id for event in events]
        if self._question in ids:
            events = events[: ids.index(self._question)]
        directory = await self._load_directory()
        return tuple(turn for event in events if (turn := self._parse(event, directory)))

    async def at(self, event_id: EventId) -> Turn | None:
        """See `Conversation`."""
        event = await self._homeserver.load_event(self._room_id, event_id)
        return self._parse(event, await self._load_directory()) if event else None

    def _parse(self, event: Event, directory: Directory) -> Turn | None:
        if event.sender == self._robot:
            return _parse_answer(event)
        if not directory.who_is(event.sender).is_staff:
            return None
        said = parse_question(event, self._room_id, self._robot) or parse_follow_up(event, self._room_id, self._robot)
        if said is None:
            uploaded = parse_attachment(event)
            return Turn(event.event_id, event.sender, "", attached=uploaded) if uploaded else None
        return Turn(event.event_id, event.sender, said.text, pasted=said.pasted, attached=said.attached)


def _parse_answer(event: Event) -> Turn | None:
    content = event.newest or event.content
    key = as_mapping(content.get(ANSWER_KEY))
    if event.replaces or not key:
        return None
    remembered: Mapping[str, object] = as_mapping(key.get("remembered"))
    return Turn(
        event.event_id,
        event.sender,
        text_at(content, "body"),
        is_answer=True,
        remembered={name: value for name, value in remembered.items() if isinstance(value, str)},
    )
