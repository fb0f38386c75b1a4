"""One piece of work: a database transaction, what it decided, and whom to tell once it is true.

begin ─▶ read, ask rules, write issue, audit and outbox rows ─▶ what follows of itself ─▶ commit
                   │                                              (routing, places in queue and space)
                   │                                            ─▶ publish notices, wake the outbox
                   └─ any exception: nothing of it happened, nobody is told
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog
from pydantic import TypeAdapter

from bridge.desk.audit import about_issue, build_facts, build_verdict, encode_arguments, name_of, subject_of
from bridge.desk.hooks import Announcement, Subscription, build_call, load_told
from bridge.ports import Clock, IssueChanged, Notice, Notices, Store, Timer, Transaction
from policies.actions import Action, PlaceInSpace
from policies.deadlines import LASTING, OF_THE_ISSUE, Deadline, Patience, awaited, deadlines_of
from policies.hooks import HookEvent, find_happenings
from policies.issue import Issue, Status
from policies.names import IssueId, RoomId, Tier, UserId
from policies.outcomes import Verdict

log = structlog.get_logger()

AWAITED: Final = "awaited"
"""Among the facts of a deadline that lasts: what it waits for."""
ACTION: TypeAdapter[Action] = TypeAdapter(Action)
"""Actions to and from what an outbox row holds."""


def lane_of_issue(issue_id: IssueId) -> str:
    """Everything about one issue happens in order."""
    return f"issue:{issue_id}"


def lane_of_room(room_id: RoomId) -> str:
    """Everything about a room that belongs to no issue happens in order."""
    return f"room:{room_id}"


@dataclass(slots=True)
class Work:
    """What is under way. `tx` is open; `notices` go out after its commit."""

    tx: Transaction
    now: datetime
    patience: Patience = Patience()  # noqa: RUF009  # frozen, so one for all is one
    configuration: str = ""
    notices: list[Notice] = field(default_factory=list)
    decided: bool = False
    moved: dict[IssueId, set[Tier]] = field(default_factory=dict)
    """The issues whose status or tier was changed, and the queues that are another for it."""
    announcements: list[Announcement] = field(default_factory=list)
    """What other programs may want to know."""

    async def ask(
        self, rule: Callable[..., Verdict], actor: UserId, *args: Any, about: str | None = None, **named: Any
    ) -> Verdict:
        """Ask a rule, and write question and verdict into the audit log.

        :param actor: on whose account; what the rule wants to know of them is among `args`.
        :param about: the subject it is kept under, where the arguments do not tell (`bridge.desk.audit.about_…`).
        """
        verdict = rule(*args, **named)
        await self.tx.audit.append(
            self.now,
            actor,
            about or subject_of(actor, (*args, *named.values())),
            name_of(rule),
            encode_arguments(rule, *args, **named),
            build_verdict(verdict),
            self.configuration,
        )
        return verdict

    async def note(
        self, what: str, actor: UserId, *, issue: Issue | None = None, about: str | None = None, **facts: Any
    ) -> None:
        """Write into the audit log what was done without a rule being asked, as when a deadline passes.

        :param what: as in “returned to the lobby”.
        :param issue: which issue, as it is before.
        """
        told = facts if issue is None else {"issue": issue, **facts}
        subject = about or (subject_of(actor, ()) if issue is None else about_issue(issue.id))
        await self.tx.audit.append(self.now, actor, subject, what, build_facts(told), None, self.configuration)

    def announce(self, event: HookEvent, issue: Issue, words: Mapping[str, str] | None = None, **more: Any) -> None:
        """Let other programs know of something that does not show in what was saved.

        :param words: what people wrote, for those who are told it.
        """
        self.announcements.append(Announcement(event, issue, more, words or {}))

    async def decide(self, lane: str, actions: Iterable[Action]) -> None:
        """Write actions into the outbox, in order."""
        for action in actions:
            await self.tx.outbox.add(lane, ACTION.dump_python(action, mode="json"), self.now)
            self.decided = True

    async def set_timer(self, timer: Timer) -> None:
        """Set a deadline."""
        await self.tx.timers.set(timer)
        self.decided = True

    async def save(self, issue: Issue) -> None:
        """Write an issue, and the deadlines that it has as it stands now (rule L3)."""
        await self._note_move(issue)
        await self.tx.issues.save(issue)
        await self.set_deadlines(issue)
        if issue.status is not Status.OPEN:
            await self.tx.timers.clear(Deadline.COVER, issue.id)

    async def set_deadlines(self, issue: Issue, *, only_missing: bool = False) -> None:
        """Set the deadlines that an issue has as it stands, and clear the others (rule L3).

        :param only_missing: leave those alone that are set. Those that last go on anyway (`policies.deadlines`).
        """
        waits = deadlines_of(issue, self.patience)
        for kind in sorted(OF_THE_ISSUE):
            if kind not in waits:
                await self.tx.timers.clear(kind, issue.id)
                continue
            facts = {AWAITED: awaited(issue)} if kind in LASTING else {}
            present = await self.tx.timers.load(kind, issue.id) if facts or only_missing else None
            if present is None or not (only_missing or present.facts.get(AWAITED) == facts.get(AWAITED)):
                await self.set_timer(Timer(kind, issue.id, self.now + waits[kind], facts))

    async def _note_move(self, issue: Issue) -> None:
        record = await self.tx.issues.load(issue.id)
        before = issue if record is None else record.issue
        for event in find_happenings(before, issue):
            self.announce(event, issue)
        if (before.status, before.tier) != (issue.status, issue.tier):
            queues = self.moved.setdefault(issue.id, set())
            queues |= {one.tier for one in (before, issue) if one.status is Status.QUEUED}

    async def finish(self) -> None:
        """What follows of itself from what was done: the rooms' places in spaces, and who is where in a queue.

        It comes last in the issue's lane, behind the making of its rooms.
        """
        for issue_id in self.moved:
            await self.decide(lane_of_issue(issue_id), (PlaceInSpace(issue_id),))
        for tier in sorted({tier for queues in self.moved.values() for tier in queues}):
            for waiting in await self.tx.issues.queued(tier):
                if (changed := IssueChanged(waiting.issue.id)) not in self.notices:
                    self.notices.append(changed)


async def tell_hooks(work: Work, hooks: Sequence[Subscription]) -> None:
    """Decide what each of these is told of what befell issues."""
    for announcement in work.announcements if hooks else ():
        told = await load_told(work.tx, announcement)
        for hook in hooks:
            if announcement.event in hook.events:
                await work.decide(hook.lane, (build_call(hook, told, work.now),))


Finish = Callable[[Work], Awaitable[None]]


class WorkPlace:
    """Where work begins and ends: the store, the clock, and who hears of what was done."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        notices: Notices,
        wake_outbox: Callable[[], None],
        patience: Patience | None = None,
        configuration: str = "",
        hooks: Sequence[Subscription] = (),
    ) -> None:
        self.store = store
        self.clock = clock
        self._notices = notices
        self._wakes = [wake_outbox]
        self._finishes: list[Finish] = []
        self._patience = patience or Patience()
        self._configuration = configuration
        self._hooks = hooks

    def wakes(self, wake: Callable[[], None]) -> None:
        """Call this too, whenever work left something to be done later."""
        self._wakes.append(wake)

    def finishes(self, finish: Finish) -> None:
        """Have this done at the end of all work that decided something, in its transaction."""
        self._finishes.append(finish)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Work]:
        """A piece of work; committed, and told, at the end of the block."""
        async with self.store.write() as tx:
            work = Work(tx, self.clock.now(), self._patience, self._configuration)
            yield work
            await self._finish(work)
            await tell_hooks(work, self._hooks)
        for notice in work.notices:
            self._notices.publish(notice)
        if work.decided:
            for wake in self._wakes:
                wake()

    async def _finish(self, work: Work) -> None:
        """Failure mode: what a finish fails at is undone and logged, and the work is committed all the same."""
        for finish in self._finishes if work.decided else ():
            notices, announced = list(work.notices), len(work.announcements)
            moved = {issue: set(queues) for issue, queues in work.moved.items()}
            try:
                async with work.tx.savepoint():
                    await finish(work)
            except Exception:
                work.notices[:] = notices
                work.moved = moved
                del work.announcements[announced:]
                log.exception("work.finish_failed", finish=getattr(finish, "__qualname__", ""))
        await work.finish()
