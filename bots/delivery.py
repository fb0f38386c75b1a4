"""The life of one answer: a placeholder at once, the robot's work, and the result as an edit.

    question ─▶ placeholder (pending) ─▶ robot.answer ─▶ may it still be posted? ─▶ extras, edit (done)
                                          │ deadline, fault, declined ─────────────▶ edit (failed), with a sentence

Every message is sent under an id derived from the question, so whatever is repeated after a crash is the same message.
The question's epoch is that of the room's state when the question was sent, not when it was read; it is held
against the state at the moment of posting (rule R4).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, cast

import structlog

from bots.answer import (
    Address,
    Chat,
    Declined,
    Extra,
    Graph,
    Part,
    Progress,
    State,
    build_edit,
    build_extra,
    build_placeholder,
)
from bots.logs import where
from bots.ports import Homeserver
from bots.question import Question
from bots.robot import Robot
from policies.asking import may_answer
from policies.names import EventId, UserId
from policies.outcomes import Refuse
from policies.rooms import parse_room

log = structlog.get_logger(__name__)

PROGRESS_EVERY_SECONDS: Final = 1.0
"""An answer that is quicker than this shows no progress at all."""
WORKING: Final = Chat("Working on it …")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A question that may be asked, and the epoch it was asked in (None outside of issues)."""

    question: Question
    asked_in: int | None


class Delivery:
    """Delivers one robot's answers."""

    def __init__(
        self,
        robot: Robot,
        user_id: UserId,
        homeserver: Homeserver,
        bot: UserId,
        deadline_seconds: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._robot = robot
        self._user_id = user_id
        self._homeserver = homeserver
        self._bot = bot
        self._deadline = deadline_seconds
        self._monotonic = monotonic

    async def perform_placeholder(self, question: Question) -> EventId:
        """Say that the question has arrived. Sent again, it is the same message."""
        content = build_placeholder(self._address(question), WORKING)
        return await self._send(question, content, "placeholder")

    async def perform_refusal(self, question: Question, declined: Declined) -> None:
        """Answer that there will be no answer, where no placeholder stands yet."""
        content = build_placeholder(self._address(question), Chat(declined.text), State.FAILED)
        await self._send(question, content, "placeholder")
        log.info("answer.declined", robot=self._user_id, question=question.event_id, code=declined.code)

    async def perform_answer(self, assignment: Assignment, placeholder: EventId) -> None:
        """Work out the answer and post it, or why there is none."""
        question = assignment.question
        final, extras = await self._work_out(question, placeholder)
        if late := await self._decide_lateness(assignment):
            final, extras = late, []
        if isinstance(final, Declined):
            await self.perform_failure(question, placeholder, final)
            return
        for index, part in enumerate(extras):
            uri = await self._upload(part)
            await self._send(question, build_extra(self._address(question), part, uri), f"extra.{index}")
        await self._edit(question, placeholder, final, State.DONE, "final")
        log.info("answer.done", robot=self._user_id, question=question.event_id, extras=len(extras))

    async def perform_failure(self, question: Question, placeholder: EventId, declined: Declined) -> None:
        """Turn the placeholder into the reason why there is no answer."""
        await self._edit(question, placeholder, Chat(declined.text), State.FAILED, "final")
        log.info("answer.declined", robot=self._user_id, question=question.event_id, code=declined.code)

    async def _work_out(self, question: Question, placeholder: EventId) -> tuple[Chat | Declined, list[Extra]]:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._collect(question, placeholder)
        except TimeoutError:
            return Declined("DEADLINE", f"This took longer than {self._deadline:g} seconds, so I stopped."), []
        except Exception as fault:
            log.error("answer.fault", robot=self._user_id, question=question.event_id, **where(fault))  # noqa: TRY400  # the fault's own words may hold what was asked
            return Declined("FAULT", f"I failed at this ({type(fault).__name__}); that is my fault, and logged."), []

    async def _collect(self, question: Question, placeholder: EventId) -> tuple[Chat | Declined, list[Extra]]:
        said: list[Chat] = []
        extras: list[Extra] = []
        shown_at, shown = self._monotonic(), 0
        async with aclosing(cast("AsyncGenerator[Part, None]", self._robot.answer(question))) as parts:
            async for part in parts:
                if isinstance(part, Declined):
                    return part, []
                if isinstance(part, Chat):
                    said.append(part)
                elif not isinstance(part, Progress):
                    extras.append(part)
                elif self._monotonic() - shown_at >= PROGRESS_EVERY_SECONDS:
                    shown += 1
                    await self._edit(question, placeholder, Chat(part.text), State.PROGRESS, f"progress.{shown}")
                    shown_at = self._monotonic()
        if not said:
            said = [Chat(", ".join(part.caption or part.name for part in extras) or "I have nothing to say to that.")]
        return _join(said), extras

    async def _decide_lateness(self, assignment: Assignment) -> Declined | None:
        if assignment.asked_in is None:
            return None
        room = parse_room(await self._homeserver.load_state(assignment.question.room_id), self._bot)
        if room.issue is None:
            return Declined(
                "NO_ISSUE", "My answer is not posted. This room does not say any more which issue it is about."
            )
        verdict = may_answer(room.issue, assignment.asked_in)
        if isinstance(verdict, Refuse):
            return Declined(verdict.code, f"My answer is not posted. {verdict.sentence}")
        return None

    async def _upload(self, part: Extra) -> str:
        if isinstance(part, Graph):
            return await self._homeserver.upload(part.png, "image/png", part.name)
        return await self._homeserver.upload(part.data, part.mimetype, part.name)

    async def _edit(self, question: Question, placeholder: EventId, words: Chat, state: State, step: str) -> None:
        await self._send(question, build_edit(self._address(question), placeholder, words, state), step)

    async def _send(self, question: Question, content: dict[str, object], step: str) -> EventId:
        return await self._homeserver.send(question.room_id, content, f"{question.event_id}.{step}")

    def _address(self, question: Question) -> Address:
        return Address(self._user_id, question.event_id, question.thread)


def _join(said: list[Chat]) -> Chat:
    """Several parts as one message; HTML only if all of them have it."""
    html = "<br>".join(part.html for part in said) if all(part.html for part in said) else ""
    return Chat("\n\n".join(part.text for part in said), html)
