"""The life of one answer: a placeholder at once, the robot's work, and the result as an edit.

    question ─▶ placeholder (pending) ─▶ robot.answer ─▶ may it still be posted? ─▶ edit (done), extras
                                          │ progress, or words as they grow: edits, at most one a second
                                          │ deadline, fault, declined, question gone ─▶ edit (failed), with a sentence

Every message is sent under an id derived from the question, so whatever is repeated after a crash is the same message.
The question's epoch is that of the room's state when the question was sent, not when it was read; it is held
against the state whenever something is about to be shown (rule R4).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import structlog

from bots.answer import (
    Address,
    Chat,
    Declined,
    Extra,
    Graph,
    Growing,
    State,
    build_edit,
    build_extra,
    build_placeholder,
)
from bots.draft import Draft
from bots.listening import listen
from bots.live import LiveAnswer, LiveWords
from bots.logs import where
from bots.metrics import Metrics
from bots.ports import Homeserver
from bots.question import Question
from bots.robot import Robot
from bots.showing import Showing
from policies.asking import may_answer
from policies.names import EventId, UserId
from policies.outcomes import Refuse
from policies.rooms import parse_room

log = structlog.get_logger(__name__)

WORKING: Final = Chat("Working on it …")
GONE: Final = Declined("QUESTION_GONE", "The question is not there any more.")


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
        metrics: Metrics | None = None,
        live: LiveWords | None = None,
    ) -> None:
        self._robot = robot
        self._user_id = user_id
        self._homeserver = homeserver
        self._bot = bot
        self._deadline = robot.deadline_seconds or deadline_seconds
        self._monotonic = monotonic
        self._metrics = metrics or Metrics()
        self._live = live

    async def perform_placeholder(self, question: Question) -> EventId:
        """Say that the question has arrived. Sent again, it is the same message."""
        content = build_placeholder(self._address(question), WORKING)
        return await self._send(question, content, "placeholder")

    async def perform_refusal(self, question: Question, declined: Declined) -> None:
        """Answer that there will be no answer, where no placeholder stands yet."""
        content = build_placeholder(self._address(question), Chat(declined.text), State.FAILED)
        await self._send(question, content, "placeholder")
        self._tell(question, declined.code)

    async def perform_answer(self, assignment: Assignment, placeholder: EventId, start: int = 1) -> None:
        """Work out the answer and post it, or why there is none. `start` counts how often that was begun."""
        question = assignment.question
        with self._metrics.working(self._user_id):
            draft = await self._work_out(assignment, placeholder, start)
        declined = draft.declined or await self._decide_lateness(assignment)
        if declined is not None:
            await self.perform_failure(question, placeholder, declined)
            return
        final = build_edit(self._address(question), placeholder, draft.words, State.DONE, draft.remembered)
        await self._send(question, final, "final")
        for index, part in enumerate(draft.extras):
            uri = await self._upload(part)
            await self._send(question, build_extra(self._address(question), part, uri), f"extra.{index}")
        self._tell(question, "done", extras=len(draft.extras))

    async def perform_failure(self, question: Question, placeholder: EventId, declined: Declined) -> None:
        """Turn the placeholder into the reason why there is no answer."""
        content = build_edit(self._address(question), placeholder, Chat(declined.text), State.FAILED)
        await self._send(question, content, "final")
        self._tell(question, declined.code)

    def _tell(self, question: Question, outcome: str, **facts: int) -> None:
        self._metrics.count(self._user_id, outcome)
        event = "answer.done" if outcome == "done" else "answer.declined"
        log.info(event, robot=self._user_id, question=question.event_id, code=outcome, **facts)

    async def _work_out(self, assignment: Assignment, placeholder: EventId, start: int) -> Draft:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._collect(assignment, placeholder, start)
        except TimeoutError:
            why = Declined("DEADLINE", f"This took longer than {self._deadline:g} seconds, so I stopped.")
        except Exception as fault:
            question = assignment.question.event_id
            log.error("answer.fault", robot=self._user_id, question=question, **where(fault))  # noqa: TRY400  # the fault's own words may hold what was asked
            why = Declined("FAULT", f"I failed at this ({type(fault).__name__}); that is my fault, and logged.")
        return Draft(declined=why)

    async def _collect(self, assignment: Assignment, placeholder: EventId, start: int) -> Draft:
        question = assignment.question
        live = self._live.begin(question.room_id, placeholder) if self._live else None
        try:
            return await self._listen(assignment, placeholder, start, live)
        finally:
            if live is not None:
                await live.end()

    async def _listen(self, assignment: Assignment, placeholder: EventId, start: int, live: LiveAnswer | None) -> Draft:
        draft, showing = Draft(), Showing(self._monotonic)
        answering = self._robot.respond(assignment.question)
        async with aclosing(listen(answering, lambda: showing.due_in)) as parts:
            async for part in parts:
                if part is not None:
                    draft.take(part)
                    if draft.declined:
                        return draft
                    showing.offer(draft.show(part))
                    if live is not None and isinstance(part, Growing):
                        live.tell(draft.words.text)
                if words := showing.take():
                    if late := await self._decide_lateness(assignment):
                        return Draft(declined=late)
                    step = f"progress.{start}.{showing.count}"
                    address = self._address(assignment.question)
                    await self._send(assignment.question, build_edit(address, placeholder, words, State.PROGRESS), step)
                    self._metrics.count_edit(self._user_id)
                    showing.rest()
        return draft

    async def _decide_lateness(self, assignment: Assignment) -> Declined | None:
        question = assignment.question
        asked = await self._homeserver.load_event(question.room_id, question.event_id)
        if asked is None or not asked.content:
            return GONE
        if assignment.asked_in is None:
            return None
        room = parse_room(await self._homeserver.load_state(question.room_id), self._bot)
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

    async def _send(self, question: Question, content: dict[str, object], step: str) -> EventId:
        return await self._homeserver.send(question.room_id, content, f"{question.event_id}.{step}")

    def _address(self, question: Question) -> Address:
        return Address(self._user_id, question.event_id, question.thread, self._robot.delivery)
