"""A desk at work in memory: real store, real rules, a homeserver that is a fake, and a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bridge.config import DeskSettings
from bridge.desk.rooms import queue_alias
from bridge.errors import MatrixRefused
from bridge.ports import IncomingEvent, IssueRecord, Notice, Principal, PrincipalId, Profile
from bridge.store.database import SqlStore
from bridge.works import Works
from policies.names import ANSWER_KEY, Audience, EventId, IssueId, Role, RoomId, Standing, Tier, UserId
from tests.fakes.clock import FakeClock
from tests.fakes.homeserver import BOT, SERVER, FakeHomeserver

ROBOT = UserId("@istackbuddy.forms.diagnostics:test")


def user(localpart: str) -> UserId:
    return UserId(f"@{localpart}:test")


def principal(localpart: str, role: Role, tier: Tier | None = None, audience: Audience | None = None) -> Principal:
    return Principal(PrincipalId(localpart), localpart, role, tier, Standing.ALLOWED, user(localpart), audience)


STAFF = (
    principal("ada", Role.EMPLOYEE, Tier.T1),
    principal("amy", Role.EMPLOYEE, Tier.T1),
    principal("ben", Role.EMPLOYEE, Tier.T2),
    principal("sam", Role.SUPERVISOR),
    principal("istackbuddy.forms.diagnostics", Role.ROBOT, audience=Audience.STAFF),
)
ALEX = principal("alex", Role.ADMIN)
GINA = principal("guest-gina", Role.GUEST)


class HeardNotices:
    """`ports.Notices` that only remembers."""

    def __init__(self) -> None:
        self.heard: list[Notice] = []

    def publish(self, notice: Notice) -> None:
        self.heard.append(notice)

    async def subscribe(self) -> AsyncIterator[Notice]:
        return
        yield


@dataclass
class Office:
    """Everything of the desk, wired as `bridge.app` wires it."""

    store: SqlStore
    homeserver: FakeHomeserver
    clock: FakeClock = field(default_factory=FakeClock)
    notices: HeardNotices = field(default_factory=HeardNotices)
    settings: DeskSettings = field(default_factory=DeskSettings)

    def __post_init__(self) -> None:
        works = self.works = Works(
            store=self.store,
            homeserver=self.homeserver,
            clock=self.clock,
            notices=self.notices,
            bot=BOT,
            server_name=SERVER,
            settings=self.settings,
            between_looks=0,
        )
        self.performer, self.outbox, self.place, self.timers = works.performer, works.outbox, works.place, works.timers
        self.desk, self.people, self.intake, self.founding = works.desk, works.people, works.intake, works.founding
        self.duty, self.break_in, self.whispers, self.chats = works.duty, works.break_in, works.whispers, works.chats

    async def settle(self, rounds: int = 500) -> None:
        """Perform and deliver until nothing is left to do; where rows wait it passes time, deadlines and all."""
        for _ in range(rounds):
            await self.timers.act_on_due()
            events = self.homeserver.take()
            if events:
                await self.intake.receive(events)
            async with self.store.read() as tx:
                rows = await tx.outbox.due(self.clock.now(), 20, frozenset())
                next_due = await tx.outbox.next_due(frozenset())
            await asyncio.gather(*(self.outbox.perform_row(row) for row in rows))
            if not rows and not events:
                if next_due is None:
                    return
                self.clock.advance(next_due - self.clock.now())
        raise AssertionError("the office does not come to rest")

    async def wait(self, time: timedelta) -> None:
        """Let time pass, and what follows from it happen."""
        self.clock.advance(time)
        await self.settle()

    async def open_issue(self, subject: str = "Export fails", message: str = "It says 500.") -> IssueRecord:
        record = await self.desk.open_issue(GINA, subject, message)
        await self.settle()
        return await self.record(record.issue.id)

    async def claimed_issue(self) -> IssueRecord:
        record = await self.open_issue()
        await self.desk.claim(user("ada"), record.issue.id)
        await self.settle()
        return await self.record(record.issue.id)

    async def record(self, issue_id: IssueId) -> IssueRecord:
        async with self.store.read() as tx:
            record = await tx.issues.load(issue_id)
        assert record is not None
        return record

    async def issues(self) -> Sequence[IssueRecord]:
        async with self.store.read() as tx:
            return await tx.issues.list()

    def queue(self, tier: Tier = Tier.T1) -> RoomId:
        return self.homeserver.aliases[queue_alias(tier, SERVER)]

    async def say(self, sender: UserId, room: RoomId | None, body: str, **more: Any) -> EventId:
        """Somebody writes in their Matrix client, and everything that follows from it happens."""
        return await self.act(sender, room, "m.room.message", {"msgtype": "m.text", "body": body, **more})

    async def tap(self, sender: UserId, room: RoomId | None, target: EventId | None, key: str) -> None:
        relation = {"rel_type": "m.annotation", "event_id": target, "key": key}
        await self.act(sender, room, "m.reaction", {"m.relates_to": relation})

    async def act(
        self,
        sender: UserId,
        room: RoomId | None,
        event_type: str,
        content: Mapping[str, Any],
        state_key: str | None = None,
    ) -> EventId:
        assert room is not None
        event_id = self.homeserver.act(sender, room, event_type, content, state_key)
        await self.settle()
        return event_id

    async def answer(self, room: RoomId | None, body: str = "Field 7 is missing.", state: str = "done") -> EventId:
        """The robot answers in a staff room."""
        mark = {"kind": "chat", "delivery": "batch-delay", "state": state, "robot": ROBOT, "question": "$q"}
        return await self.say(ROBOT, room, body, **{ANSWER_KEY: mark})

    async def leave(self, who: UserId, room: RoomId | None) -> bool:
        """Somebody presses “leave”, and everything that follows from it happens. Whether they are out."""
        try:
            await self.act(who, room, "m.room.member", {"membership": "leave"}, who)
        except MatrixRefused:
            await self.settle()
            return False
        return True

    async def off_duty(self, *localparts: str) -> None:
        async with self.store.write() as tx:
            for localpart in localparts:
                await tx.duties.set(user(localpart), on_duty=False)

    def joined(self, room: RoomId | None) -> set[UserId]:
        assert room is not None
        return set(self.homeserver.facts(room).joined())

    def events(self, room: RoomId | None) -> list[IncomingEvent]:
        assert room is not None
        return self.homeserver.rooms[room].events


@asynccontextmanager
async def open_office(directory: Path, settings: DeskSettings | None = None) -> AsyncIterator[Office]:
    """An office that was founded, with the demo's kind of people."""
    store = await SqlStore.open(f"sqlite+aiosqlite:///{directory / 'bridge.db'}", BOT)
    try:
        office = Office(store, FakeHomeserver(), settings=settings or DeskSettings())
        async with store.write() as tx:
            for one in (*STAFF, ALEX, GINA):
                await tx.principals.add(one, Profile(one.login.title()), None, office.clock.now())
        await office.founding.found()
        await office.settle()
        yield office
    finally:
        await store.close()
