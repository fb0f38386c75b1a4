"""A robot at its post, with a homeserver in memory: what the tests of the host stand on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import stamina

from bots.answer import Chat, Part
from bots.attendant import Attendant
from bots.config import BotsSettings, MatrixSettings, Settings
from bots.host import build_attendant
from bots.metrics import Metrics
from bots.question import Question, QuestionKind
from bots.robot import Robot
from policies.names import ISSUE_STATE, KIND_KEY, PERSON_KEY_PREFIX, PERSON_STATE, EventId, RoomAlias, RoomId, UserId
from policies.people import Person, build_person
from policies.rooms import RoomKind
from tests.builders.people import BOT, employee, guest, staff_robot, suspended
from tests.fakes.robot_homeserver import FakeHomeserver

POLICY_ROOM, STAFF_ROOM = RoomId("!policy"), RoomId("!staff")
ALIAS = RoomAlias("#chaperone-policy:localhost")
ADA, BEN, GINA = employee("ada"), suspended(employee("ben")), guest("gina")
ROBOT, OTHER_ROBOT = staff_robot("istackbuddy.echo"), staff_robot("istackbuddy.other")
ASK = "!ask iStackBuddy.echo"

Answering = Callable[[Question], AsyncIterator[Part]]


class Echo(Robot):
    """Says again what it was asked, unless a test says otherwise."""

    name = "iStackBuddy.echo"
    description = "Says it again."
    takes = frozenset({QuestionKind.QUESTION})

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Question] = []
        self.answering: Answering | None = None

    async def answer(self, question: Question) -> AsyncIterator[Part]:
        self.asked.append(question)
        if self.answering is None:
            yield Chat(question.text)
            return
        async for part in self.answering(question):
            yield part


@dataclass
class Stage:
    """The homeserver, the robot, and its attendant, who can be stopped and begun again on the same data."""

    homeserver: FakeHomeserver
    robot: Echo
    data: Path
    settings: dict[str, Any] = field(default_factory=dict)
    running: asyncio.Task[None] | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def build(self) -> Attendant:
        bots = {
            "data": self.data,
            "deadline_seconds": 5,
            "grace_seconds": 0,
            "answer_after_first_login_hours": 10_000_000,
            **self.settings,
        }
        settings = Settings(matrix=MatrixSettings(), bots=BotsSettings(**bots))
        return build_attendant(settings, "secret", self.robot, self.homeserver, Metrics())

    async def start(self) -> None:
        self.ready.clear()
        self.running = asyncio.create_task(self.build().run(self.ready.set))
        ready = asyncio.create_task(self.ready.wait())
        await asyncio.wait({self.running, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()

    async def stop(self) -> None:
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)
            self.running = None

    def stored(self) -> dict[str, Any]:
        """The session file."""
        content: dict[str, Any] = json.loads((self.data / "bots" / "istackbuddy.echo.json").read_text())
        return content

    async def owes_nothing(self) -> bool:
        """Whether every answer is posted, files and all, and that is written down."""
        return not self.stored()["owed"]

    async def list_people(self, *people: Person) -> None:
        for person in people:
            key = f"{PERSON_KEY_PREFIX}{person.user_id}"
            await self.homeserver.set_state(POLICY_ROOM, PERSON_STATE, key, BOT, build_person(person))

    async def make_room(self, room_id: RoomId, kind: RoomKind, *members: UserId, creator: UserId = BOT) -> None:
        create = {KIND_KEY: kind.value, "m.federate": False}
        await self.homeserver.set_state(room_id, "m.room.create", "", creator, create)
        for user_id in members:
            await self.homeserver.set_state(room_id, "m.room.member", user_id, user_id, {"membership": "join"})

    async def set_issue(self, status: str = "open", epoch: int = 1, sender: UserId = BOT) -> None:
        conclusion = "resolved" if status == "concluded" else None
        content = {"id": "7", "side": "staff", "status": status, "conclusion": conclusion, "epoch": epoch}
        await self.homeserver.set_state(STAFF_ROOM, ISSUE_STATE, "", sender, content)

    async def ask(self, words: str = "hello", sender: Person = ADA, relation: dict[str, Any] | None = None) -> EventId:
        keys = {"m.relates_to": relation} if relation else {}
        return await self.homeserver.say(STAFF_ROOM, sender.user_id, f"{ASK} {words}", **keys)

    def answers(self) -> list[tuple[str, str]]:
        return self.homeserver.answers(STAFF_ROOM)


@pytest.fixture(autouse=True)
def no_waiting_between_attempts() -> Iterator[None]:
    stamina.set_testing(True, attempts=1000, cap=False)
    yield
    stamina.set_testing(False)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """An open issue's staff room with Ada and the robot in it, and a policy room that lists them. Nothing runs yet."""
    homeserver = FakeHomeserver(ROBOT.user_id, aliases={ALIAS: POLICY_ROOM})
    stage = Stage(homeserver, Echo(), tmp_path)
    await stage.make_room(POLICY_ROOM, RoomKind.POLICY, BOT, ROBOT.user_id)
    await stage.list_people(ADA, BEN, ROBOT, OTHER_ROBOT)
    await stage.make_room(STAFF_ROOM, RoomKind.STAFF, BOT, ADA.user_id, ROBOT.user_id)
    await stage.set_issue()
    yield stage
    await stage.stop()
