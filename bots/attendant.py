"""One robot at its post: logs in, reads what is new, takes the questions that may be asked, sees the answers through.

    /sync ─▶ gaps filled ─▶ news ─▶ for each message: a question to me? may they ask? ─▶ placeholder ─┐
      ▲                                                                                             ▼
      └── read on ◀── saved: read up to here, and which answers are owed ◀─────── answers, each in a task of its own

The token is saved after the placeholders are sent, so a question is never missed; a question seen again is recognised
by the answer that stands in the room already, and by the id of its placeholder. An answer is owed, durably, from
before it is worked on until it is posted. Nothing but answers under way is kept in memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bots.allowance import Allowance
from bots.answer import Declined
from bots.delivery import GONE, Assignment, Delivery
from bots.errors import MatrixAway, MatrixError, MatrixRefused, SessionLost
from bots.events import Batch, Chunk, Event, Invitation
from bots.inbox import OwnAnswer, sort_news
from bots.intake import Intake
from bots.login import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, Login
from bots.logs import where
from bots.ports import Homeserver
from bots.question import Question, QuestionKind
from bots.session import Owed, SessionStore
from policies.names import EventId, RoomId, UserId
from policies.people import Directory

log = structlog.get_logger(__name__)

MOST_STARTS: Final = 3
"""An answer that was begun so often and never finished takes the process down with it, or seems to."""
MOST_PAGES: Final = 20
"""How far a gap in a room's timeline is read back: this many hundred events."""
REMEMBERED: Final = 1000
"""Questions answered last: their placeholders may still come by, on the way back from the homeserver."""
INTERRUPTED: Final = Declined("INTERRUPTED", "I was interrupted at this more than once and gave up. Please ask again.")
NOT_ANY_MORE: Final = Declined("NOT_ANY_MORE", "This may not be asked here any more.")
NOT_POSTED: Final = Declined("NOT_POSTED", "I have an answer, but the homeserver does not take it.")


@dataclass(frozen=True, slots=True)
class Post:
    """What one robot works with. `homeserver` is asked once, `patient` until it answers."""

    user_id: UserId
    homeserver: Homeserver
    patient: Homeserver
    login: Login
    store: SessionStore
    intake: Intake
    delivery: Delivery
    load_directory: Callable[[], Awaitable[Directory]]
    allowance: Allowance
    answers_at_once: int
    sync_seconds: float
    oldest_at_first_login_seconds: float
    grace_seconds: float
    now: Callable[[], float]
    """Seconds since 1970."""


class Attendant:
    """Runs one robot until it is cancelled."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._store = post.store
        self._under_way: dict[EventId, asyncio.Task[None]] = {}
        self._answered: deque[EventId] = deque(maxlen=REMEMBERED)
        self._turns = asyncio.Semaphore(post.answers_at_once)

    async def run(self, say_ready: Callable[[], None]) -> None:
        """Log in, finish what is owed, and attend to what comes. Ends by cancellation only."""
        try:
            await self._post.login.begin()
            await self._post.load_directory()
            say_ready()
            for owed in self._store.session.owed:
                await self._guarded(owed.question, self._resume(replace(owed, starts=owed.starts + 1)))
            await self._attend()
        finally:
            await self._stop()

    async def _attend(self) -> None:
        wait = FIRST_WAIT_SECONDS
        while True:
            since, logins = self._store.session.next_batch or None, self._post.login.count
            try:
                batch = await self._post.homeserver.sync(since, self._post.sync_seconds if since else 0)
            except SessionLost:
                await self._post.login.renew(logins)
                continue
            except MatrixAway as away:
                log.info("robot.waiting", robot=self._post.user_id, why=str(away), again_in=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)
                continue
            except MatrixRefused as refused:
                if since is None:
                    raise
                # The homeserver does not know the token: another database, or one set back to a copy.
                log.warning("robot.token_refused", robot=self._post.user_id, why=str(refused))
                self._store.save(replace(self._store.session, next_batch=""))
                continue
            wait = FIRST_WAIT_SECONDS
            await self._take_in(batch, since)
            self._store.save(replace(self._store.session, next_batch=batch.next_batch))

    async def _take_in(self, batch: Batch, since: str | None) -> None:
        for invitation in batch.invitations:
            await self._guarded(None, self._perform_join(invitation))
        for chunk in batch.chunks:
            await self._guarded(None, self._take_in_room(chunk, since))

    async def _guarded(self, question: EventId | None, work: Awaitable[None]) -> None:
        """One bad event costs itself, and not its neighbours."""
        try:
            await work
        except Exception as fault:
            log.error("robot.fault", robot=self._post.user_id, question=question, **where(fault))  # noqa: TRY400  # its words may hold what was asked

    async def _perform_join(self, invitation: Invitation) -> None:
        """R2: a direct chat with an employee. Into rooms of the bridge the homeserver's module brings us."""
        if (await self._post.load_directory()).who_is(invitation.sender).is_staff:
            await self._post.patient.join(invitation.room_id)

    async def _take_in_room(self, chunk: Chunk, since: str | None) -> None:
        oldest = 0.0 if since else self._post.now() - self._post.oldest_at_first_login_seconds
        events = await self._load_gap(chunk, since, oldest)
        news = sort_news(events, self._post.user_id)
        for event in news.messages:
            known = news.answers.get(event.event_id)
            if event.sent_ms >= oldest * 1000 and not (known and known.state.is_final):
                await self._guarded(event.event_id, self._take(chunk.room_id, event, known))
        for answer in news.answers.values():
            if not answer.state.is_final and not self._is_known(answer.question):
                owed = Owed(chunk.room_id, answer.question, answer.placeholder)
                await self._guarded(answer.question, self._resume(owed))

    async def _load_gap(self, chunk: Chunk, since: str | None, oldest: float) -> list[Event]:
        """All that happened in a room since then, or since the robot came, or as far back as it matters."""
        events, before = list(chunk.events), chunk.gap
        for _ in range(MOST_PAGES):
            if before is None or sort_news(events, self._post.user_id).begins_with_arrival:
                break
            if events and events[0].sent_ms < oldest * 1000:
                break
            page = await self._post.patient.load_page(chunk.room_id, before=before, until=since)
            known = {event.event_id for event in events}
            events = [e for e in reversed(page.events) if e.event_id not in known] + events
            before = page.before if page.events else None
        return events

    async def _take(self, room_id: RoomId, event: Event, known: OwnAnswer | None) -> None:
        if self._is_known(event.event_id):
            return
        question = await self._post.intake.find_question(room_id, event)
        if question is None:
            return
        decided = await self._post.intake.decide(question)
        if isinstance(decided, Assignment) and known is None:
            decided = self._ration(decided)
        if isinstance(decided, Declined) and known is None:
            await self._post.delivery.perform_refusal(question, decided)
        elif isinstance(decided, Declined) and known is not None:
            await self._post.delivery.perform_failure(question, known.placeholder, decided)
        elif isinstance(decided, Assignment):
            placeholder = known.placeholder if known else await self._post.delivery.perform_placeholder(question)
            self._start(decided, Owed(room_id, question.event_id, placeholder))

    def _ration(self, assignment: Assignment) -> Assignment | Declined:
        wait = self._post.allowance.take(assignment.question.asker, self._post.now())
        if not wait:
            return assignment
        return Declined("TOO_MANY", f"You asked me a lot just now. Ask again in {max(1, round(wait))} seconds.")

    async def _resume(self, owed: Owed) -> None:
        """Finish an answer whose placeholder stands in a room, or mark it failed."""
        event = await self._post.patient.load_event(owed.room_id, owed.question)
        question = await self._post.intake.find_question(owed.room_id, event) if event else None
        decided: Assignment | Declined
        if question is None:
            question, decided = _stand_in(owed), GONE
        elif owed.starts > MOST_STARTS:
            decided = INTERRUPTED
        else:
            decided = await self._post.intake.decide(question) or NOT_ANY_MORE
        if isinstance(decided, Assignment):
            self._start(decided, owed)
        else:
            await self._post.delivery.perform_failure(question, owed.placeholder, decided)
            self._forget(owed.question)

    def _is_known(self, question: EventId) -> bool:
        return question in self._under_way or question in self._answered

    def _start(self, assignment: Assignment, owed: Owed) -> None:
        self._store.save(self._store.session.with_owed(owed))
        task = asyncio.create_task(self._finish(assignment, owed), name=f"answer {owed.question}")
        self._under_way[owed.question] = task

    async def _finish(self, assignment: Assignment, owed: Owed) -> None:
        try:
            async with self._turns:
                await self._post.delivery.perform_answer(assignment, owed.placeholder, owed.starts)
        except Exception as fault:
            log.error("answer.not_posted", robot=self._post.user_id, question=owed.question, **where(fault))  # noqa: TRY400  # its words may hold what was asked
            with suppress(MatrixError):  # a room we are not in any more
                await self._post.delivery.perform_failure(assignment.question, owed.placeholder, NOT_POSTED)
        self._under_way.pop(owed.question, None)
        self._forget(owed.question)

    def _forget(self, question: EventId) -> None:
        self._answered.append(question)
        self._store.save(self._store.session.without_owed(question))

    async def _stop(self) -> None:
        """Let what is nearly done be done. What is not stays owed."""
        tasks = list(self._under_way.values())
        if tasks:
            await asyncio.wait(tasks, timeout=self._post.grace_seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _stand_in(owed: Owed) -> Question:
    """For a question that was deleted, so that its placeholder can be told so."""
    nobody = UserId("")
    return Question(owed.question, owed.room_id, nobody, "", QuestionKind.QUESTION, thread=owed.question)
