"""Who acts in a simulated day. Each says after every act when they will act again."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Final, Protocol

from bridge.desk.cards import CLAIM
from bridge.desk.lobby import lobby_of
from bridge.desk.rooms import queue_alias
from bridge.errors import MatrixError, Unknown
from bridge.ports import IssueRecord, Principal, PrincipalId, Profile
from bridge.simulation.homeserver import SERVER
from bridge.simulation.house import House
from bridge.simulation.plan import Plan
from bridge.simulation.tally import Tally
from policies.issue import Conclusion, Status, WaitingOn
from policies.names import EventId, Role, RoomId, Standing, Tier, UserId
from policies.outcomes import Refuse
from policies.rooms import Membership

A_DAY: Final = timedelta(days=1)
LUNCH: Final = timedelta(hours=1)


class Actor(Protocol):
    """Somebody with something to do."""

    async def act(self) -> datetime | None:
        """Do the next thing; answers when to ask again, None if never."""


def build_guest(number: int) -> tuple[Principal, Profile]:
    """A guest's account."""
    name = f"guest-{number}"
    user_id = UserId(f"@{name}:{SERVER}")
    return Principal(PrincipalId(name), name, Role.GUEST, None, Standing.ALLOWED, user_id), Profile(f"Guest {number}")


def build_employee(name: str, role: Role, tier: Tier | None) -> tuple[Principal, Profile]:
    """An employee's or supervisor's account."""
    user_id = UserId(f"@{name}:{SERVER}")
    return Principal(PrincipalId(name), name, role, tier, Standing.ALLOWED, user_id), Profile(name.title())


def drawn(random: Random, mean: timedelta) -> timedelta:
    """A time that is `mean` in the mean; at least a second, as nobody is faster."""
    return timedelta(seconds=max(1.0, random.expovariate(1 / mean.total_seconds())))


class Guest:
    """Comes with an issue, waits, answers, and goes: for good, with a solution, or without a word."""

    def __init__(self, principal: Principal, plan: Plan, random: Random, house: House, tally: Tally) -> None:
        self._me = principal
        self._plan = plan
        self._random = random
        self._house = house
        self._tally = tally
        self._patience = drawn(random, plan.patience)
        self._said = 0
        self._has_returned = False
        self._opened_at: datetime | None = None
        self._to_say: tuple[str, str] | None = None

    async def act(self) -> datetime | None:
        """Look at the page, and do what one does there."""
        record = self._find()
        if record is None:
            return await self._open()
        now = self._house.clock.now()
        if self._opened_at is None:
            self._opened_at = record.opened_at
            self._tally.opened(record)
        if self._to_say is not None:
            return await self._say(record)
        match record.issue.status:
            case Status.QUEUED:
                if now - self._opened_at > self._patience:
                    return None
                if self._random.random() < 0.1:
                    return await self._say_something(record)
            case Status.OPEN if record.issue.waiting_on is WaitingOn.GUEST:
                if self._random.random() < self._plan.wander:
                    return None
                return await self._say_something(record)
            case Status.CONCLUDED if record.issue.conclusion is not Conclusion.ESCALATED:
                return await self._take_leave(record)
        return self._later()

    def _find(self) -> IssueRecord | None:
        """The guest's newest: one that went on in a new room goes on there."""
        mine = [record for record in self._house.board.values() if record.guest_id == self._me.id]
        return max(mine, key=lambda record: int(record.issue.id), default=None)

    async def _open(self) -> datetime:
        subject, words = f"Something fails for {self._me.login}", f"{self._me.login} says 0"
        await self._house.attempt(lambda works: works.desk.open_issue(self._me, subject, words))
        return self._later()

    async def _say_something(self, record: IssueRecord) -> datetime:
        self._said += 1
        self._to_say = (f"t{self._said}", f"{self._me.login} says {self._said}")
        return await self._say(record)

    async def _say(self, record: IssueRecord) -> datetime:
        """Until the bridge has it: the same words under the same id, over whichever door."""
        assert self._to_say is not None  # noqa: S101  # the caller has just looked
        txn_id, body = self._to_say
        room = record.issue.guest_room
        places = [str(lobby_of(record.issue.id)), *([] if room is None else [str(room)])]
        place = self._random.choice(places)

        try:
            kept = await self._house.attempt(lambda works: works.desk.write(self._me, place, txn_id, body))
        except Unknown:
            kept = None  # the room is not theirs yet
        if kept is not None:
            self._to_say = None
            if not isinstance(kept, Refuse):
                self._tally.said(self._me.user_id, body)
        return self._later()

    async def _take_leave(self, record: IssueRecord) -> datetime | None:
        if self._has_returned or self._random.random() > self._plan.returns:
            return None
        self._said += 1
        body = f"{self._me.login} says {self._said}"
        back = await self._house.attempt(lambda works: works.desk.reopen(self._me, record.issue.id, body))
        self._has_returned = back is not None
        if isinstance(back, IssueRecord):
            self._tally.said(self._me.user_id, body)
        return self._later()

    def _later(self) -> datetime:
        return self._house.clock.now() + drawn(self._random, self._plan.think)


class Employee:
    """Works a shift each day: claims, answers, escalates, concludes, goes to lunch, and goes home."""

    def __init__(
        self, principal: Principal, plan: Plan, random: Random, house: House, begins: datetime, ends: datetime
    ) -> None:
        self._me = principal
        self._plan = plan
        self._random = random
        self._house = house
        self._begins = begins
        self._ends = ends
        self._is_on = False

    async def act(self) -> datetime:
        """Look at the queue and at one's own issues."""
        now = self._house.clock.now()
        if now < self._begins:
            return self._begins
        if now >= self._ends:
            return self._go_home()
        if not self._is_on:
            self._is_on = True
            self._type(self._queue(), "!on")
        if self._random.random() < self._plan.lunch:
            return now + LUNCH
        mine = self._mine()
        for record in mine:
            if record.issue.waiting_on is WaitingOn.STAFF:
                self._answer(record)
        if len(mine) < self._plan.at_once:
            self._claim()
        return now + drawn(self._random, self._plan.look)

    def _mine(self) -> list[IssueRecord]:
        issues = self._house.board.values()
        return [r for r in issues if r.issue.assignee == self._me.user_id and r.issue.status is Status.OPEN]

    def _answer(self, record: IssueRecord) -> None:
        issue, chance = record.issue, self._random.random()
        if chance < self._plan.escalates and self._me.role is Role.EMPLOYEE:
            new = "new " if self._random.random() < 0.5 else ""
            self._type(issue.staff_room, f"!escalate {new}it is beyond me")
        elif chance < self._plan.escalates + 1 / (self._plan.exchanges + 1):
            self._type(issue.guest_room, "That was it.")
            how = Conclusion.RESOLVED if self._random.random() < 0.9 else Conclusion.UNRESOLVED
            self._type(issue.staff_room, f"!conclude {how}")
        else:
            self._type(issue.guest_room, "Try this.")

    def _claim(self) -> None:
        """By a tap on the card, as the first of the queue that one sees; a supervisor looks through all of them."""
        tiers = (self._me.tier,) if self._me.tier is not None else tuple(Tier)
        queued = [r for r in self._house.board.values() if r.issue.status is Status.QUEUED and r.issue.tier in tiers]
        waiting = sorted(queued, key=lambda record: record.queued_at)
        if self._me.role is Role.SUPERVISOR:
            patience = timedelta(minutes=30)
            waiting = [record for record in waiting if self._house.clock.now() - record.queued_at > patience]
        if not waiting:
            return
        first, queue = waiting[0], self._queue(waiting[0].issue.tier)
        if first.card is None:
            self._type(queue, f"!claim {first.issue.id}")
            return
        relation = {"rel_type": "m.annotation", "event_id": first.card, "key": CLAIM}
        self._send(queue, "m.reaction", {"m.relates_to": relation})

    def _go_home(self) -> datetime:
        """Leave the rooms, by handing over or just so; who is not let go is there until somebody has come."""
        now = self._house.clock.now()
        if self._is_on:
            self._is_on = False
            self._type(self._queue(), "!off")
        mine = self._mine()
        for record in mine:
            if self._random.random() < 0.5 and record.issue.guest_room is not None:
                self._send(
                    record.issue.guest_room, "m.room.member", {"membership": Membership.LEAVE.value}, self._me.user_id
                )
            else:
                colleague = self._random.choice(sorted(self._house.homeserver.directory().people))
                self._type(record.issue.staff_room, f"!handover {colleague}")
        if mine and now < self._ends + timedelta(hours=2):
            return now + timedelta(minutes=5)
        self._begins += A_DAY
        self._ends += A_DAY
        return self._begins

    def _queue(self, tier: Tier | None = None) -> RoomId | None:
        return self._house.homeserver.aliases.get(queue_alias(tier or self._me.tier or Tier.T1, SERVER))

    def _type(self, room: RoomId | None, body: str) -> None:
        self._send(room, "m.room.message", {"msgtype": "m.text", "body": body})

    def _send(
        self, room: RoomId | None, kind: str, content: dict[str, object], state_key: str | None = None
    ) -> EventId | None:
        """With their own Matrix client; None if the homeserver says no."""
        if room is None:
            return None
        try:
            return self._house.homeserver.act(self._me.user_id, room, kind, content, state_key)
        except MatrixError:
            return None
