"""Which messages are questions to this robot, and which of those may be asked.

Rules R2 to R4 are asked here, about the room and the directory as they are at this moment. Whoever may not ask gets no
answer at all: a refusal in the room would tell a guest that there are robots.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import structlog

from bots.answer import Declined
from bots.delivery import Assignment
from bots.events import Event
from bots.files import RoomFiles
from bots.ports import Homeserver
from bots.question import Question, parse_follow_up, parse_question
from bots.robot import Robot
from bots.thread import RoomThread
from policies.asking import HOP_LIMIT, may_answer, may_ask
from policies.names import EventId, Role, RoomId, UserId
from policies.outcomes import Refuse
from policies.people import Directory
from policies.rooms import Room, RoomKind, parse_room

log = structlog.get_logger(__name__)

BEYOND_THE_LIMIT: Final = HOP_LIMIT + 1
"""A robot's message does not say how many robots stand behind it, so it counts as too many."""


NO_ISSUE: Final = Declined("NO_ISSUE", "This room does not say which issue it is about, so I cannot answer in it.")


class Intake:
    """Sorts messages for one robot."""

    def __init__(
        self,
        robot: Robot,
        user_id: UserId,
        homeserver: Homeserver,
        bot: UserId,
        load_directory: Callable[[], Awaitable[Directory]],
    ) -> None:
        self._robot = robot
        self._user_id = user_id
        self._homeserver = homeserver
        self._bot = bot
        self._load_directory = load_directory

    async def find_question(self, room_id: RoomId, event: Event) -> Question | None:
        """The question that a message is to this robot, if it is one."""
        question = parse_question(event, room_id, self._user_id)
        if question is None and await self._goes_on(room_id, event):
            question = parse_follow_up(event, room_id, self._user_id)
        if question is None:
            return None
        files = RoomFiles(self._homeserver, room_id, question.thread, self._load_directory)
        conversation = RoomThread(
            self._homeserver, room_id, question.event_id, question.thread, self._user_id, self._load_directory
        )
        return replace(question, files=files, conversation=conversation)

    async def _goes_on(self, room_id: RoomId, event: Event) -> bool:
        """Whether a message stands in a thread that a question to this robot began, or replies to its answer."""
        root = await self._load(room_id, event.thread)
        if root is not None and parse_question(root, room_id, self._user_id) is not None:
            return True
        replied = await self._load(room_id, event.replies_to)
        return replied is not None and replied.sender == self._user_id

    async def _load(self, room_id: RoomId, event_id: EventId | None) -> Event | None:
        return await self._homeserver.load_event(room_id, event_id) if event_id else None

    async def decide(self, question: Question) -> Assignment | Declined | None:
        """What to do with a question: take it, say why not, or keep silent (None)."""
        directory = await self._load_directory()
        room = parse_room(await self._homeserver.load_state(question.room_id), self._bot)
        asker, robot = directory.who_is(question.asker), directory.who_is(self._user_id)
        if robot.role is not Role.ROBOT or not robot.is_active:
            log.warning("question.robot_not_listed", robot=self._user_id)
            return None
        hops = BEYOND_THE_LIMIT if asker.role is Role.ROBOT else 0
        verdict = may_ask(asker, robot, room, hops)
        if isinstance(verdict, Refuse):
            log.info("question.refused", robot=self._user_id, question=question.event_id, code=verdict.code)
            return None
        return await self._decide_taking(question, room)

    async def _decide_taking(self, question: Question, room: Room) -> Assignment | Declined:
        asked_in = await self._load_epoch(question, room)
        if room.kind is RoomKind.STAFF and (room.issue is None or asked_in is None):
            return NO_ISSUE
        if room.issue is not None and asked_in is not None:
            late = may_answer(room.issue, asked_in)
            if isinstance(late, Refuse):
                return Declined(late.code, late.sentence)
        if question.kind not in self._robot.takes and not question.wants_help:
            takes = ", ".join(sorted(kind.value for kind in self._robot.takes))
            return Declined("NOT_TAKEN", f"{self._robot.description} I take: {takes}.")
        return Assignment(question, asked_in)

    async def _load_epoch(self, question: Question, room: Room) -> int | None:
        """The epoch when the question was sent; only an issue's room has any."""
        if room.kind is not RoomKind.STAFF:
            return None
        then = parse_room(await self._homeserver.load_state_at(question.room_id, question.event_id), self._bot)
        issue = then.issue or room.issue
        return None if issue is None else issue.epoch
