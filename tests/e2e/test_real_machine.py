"""Whatever people do, in whatever order, also at the same moment: on real parts, what must never be is not.

The same machine as `tests.policies.test_state_machine`, smaller, against Synapse with the module, the bridge and the
robots. After each step every event is replayed that was accepted since the last.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Final

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from policies.names import ISSUE_STATE, RoomId, UserId
from policies.rooms import RoomKind
from tests.e2e.eyes import at
from tests.e2e.house import House
from tests.e2e.real_world import ROBOT, RealWorld

pytestmark = [pytest.mark.e2e, pytest.mark.prove]

PROVING: Final = "CHAPERONE_PROVE" in os.environ
Act = Callable[[], Coroutine[Any, Any, int]]
"""Something to be done; answers the status of what was asked."""
SLICE: Final = 30
"""Steps, each of up to three acts."""
STEPS_TO_PROVE: Final = 1000
BOTH_WAYS: Final = ("claim", "leave")
"""What a slice must have seen allowed and refused, as it would show nothing otherwise."""
numbers = st.integers(0, 2**32)

SETTINGS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("m.room.topic", {"topic": "mine"}),
    ("m.room.join_rules", {"join_rule": "public"}),
    ("m.room.history_visibility", {"history_visibility": "world_readable"}),
    ("m.room.guest_access", {"guest_access": "can_join"}),
    ("m.room.power_levels", {"users_default": 100, "invite": 0}),
    (ISSUE_STATE, {"id": "1", "side": "guest", "status": "open", "conclusion": None, "epoch": 99}),
)


class Machine(RuleBasedStateMachine):
    """Everybody, doing anything."""

    world: ClassVar[RealWorld]
    runner: ClassVar[asyncio.Runner]
    answers: ClassVar[Counter[tuple[str, bool]]] = Counter()
    steps: ClassVar[int] = 0
    failures: ClassVar[list[str]] = []
    done: ClassVar[list[object]] = []
    """What was wrong the first time. Hypothesis would try again, in a world that is another by then."""

    @rule(number=numbers)
    def step(self, number: int) -> None:
        """One rule for all: of several hypothesis would leave some out."""
        chance = self._chance(number)
        rooms = [room for room in self.world.rooms_of(RoomKind.GUEST) if self._staff_in(room)]
        match chance.randrange(8):
            case 0 if rooms:
                room = chance.choice(rooms)
                self._do(*(self._leave(who, room) for who in self._staff_in(room)[-2:]))
            case 1 if rooms:
                self._do(*self._hand_over_and_leave(chance, chance.choice(rooms)))
            case 2:
                self._do(*self._claim_and_conclude(chance))
            case 3:
                self._do(self._open(chance.choice(self.world.guests)))
                self.failures.extend(self.runner.run(self.world.look()))
                newest = max(self.world.waiting, key=int)
                self._do(*(self._claim(who, newest) for who in chance.sample(self.world.employees, 2)))
            case 4 | 5:
                self._do(self._choose(chance), self._choose(chance))
            case _:
                self._do(self._choose(chance))

    def _hand_over_and_leave(self, chance: Random, room: RoomId) -> list[tuple[str, Act]]:
        issue, who = self.world.rooms[room].issue["id"], self._staff_in(room)[0]
        to = {"to": chance.choice(self.world.employees)}
        return [("hand over", self._page(who, f"/issues/{issue}/handover", to)), self._leave(who, room)]

    def _claim_and_conclude(self, chance: Random) -> list[tuple[str, Act]]:
        issue = chance.choice(self.world.waiting)
        one, other = chance.sample(self.world.employees, 2)
        end = {"conclusion": "resolved", "note": "x"}
        return [
            self._claim(one, issue),
            ("conclude", self._page(other, f"/issues/{issue}/conclude", end)),
        ]

    def _chance(self, number: int) -> Random:
        """Even chances: hypothesis itself prefers what comes first."""
        return Random(f"{number}.{self.steps}")

    def _staff_in(self, room: RoomId) -> list[UserId]:
        return sorted(self.world.rooms[room].joined() & {*self.world.employees})

    def _do(self, *acts: tuple[str, Act]) -> None:
        async def together() -> list[int]:
            return await asyncio.gather(*(act() for _, act in acts))

        if self.failures:
            return
        answers = self.runner.run(together())
        self.done.append([(name, status) for (name, _), status in zip(acts, answers, strict=True)])
        for (name, _), status in zip(acts, answers, strict=True):
            self.answers[name, status < 300] += 1
            if status >= 500:
                self.failures.append(f"{name} answered {status}")

    def _choose(self, chance: Random) -> tuple[str, Act]:
        world = self.world
        guest, employee, other = (chance.choice(who) for who in (world.guests, world.employees, world.employees))
        anybody, target = (chance.choice([*world.guests, *world.employees, ROBOT]) for _ in range(2))
        issue = chance.choice(world.waiting)
        rooms = [*world.rooms_of(RoomKind.GUEST)] * 2 + world.rooms_of(RoomKind.STAFF, RoomKind.QUEUE)
        room, guest_room = chance.choice(rooms), chance.choice(world.rooms_of(RoomKind.GUEST))
        staff_room = chance.choice(world.rooms_of(RoomKind.STAFF, RoomKind.QUEUE))
        present = chance.choice(self._staff_in(guest_room) or world.employees)
        kind, content = chance.choice(SETTINGS)
        moves: list[tuple[str, Act]] = [
            self._open(guest),
            *(self._claim(employee, issue) for _ in range(3)),
            ("conclude", self._page(employee, f"/issues/{issue}/conclude", {"conclusion": "resolved", "note": "x"})),
            *(("hand over", self._page(employee, f"/issues/{issue}/handover", {"to": other})) for _ in range(2)),
            ("say", self._say(anybody, room)),
            ("say", self._say(present, guest_room)),
            self._leave(present, guest_room),
            self._leave(anybody, room),
            ("kick", self._member(present, guest_room, target, "leave")),
            ("ban", self._member(present, guest_room, target, "ban")),
            ("invite", self._member(anybody, room, target, "invite")),
            ("invite", self._member(present, guest_room, other, "invite")),
            ("invite a robot to a guest", self._member(present, guest_room, ROBOT, "invite")),
            ("invite a guest to staff", self._member(employee, staff_room, guest, "invite")),
            ("join", self._member(anybody, room, anybody, "join")),
            ("join", self._member(employee, guest_room, employee, "join")),
            (
                "set",
                self._matrix(lambda: world.set_state(chance.choice([anybody, present]), guest_room, kind, "", content)),
            ),
            ("redact", self._redact(anybody, guest_room)),
            ("redact", self._redact(present, guest_room)),
        ]
        return chance.choice(moves)

    def _page(self, who: UserId, path: str, body: Any) -> Act:
        async def act() -> int:
            return (await self.world.ask_page(who, "POST", path, body))[0]

        return act

    def _matrix(self, ask: Callable[[], Coroutine[Any, Any, Any]]) -> Act:
        async def act() -> int:
            return int((await ask()).status)

        return act

    def _member(self, who: UserId, room: RoomId, target: UserId, membership: str) -> Act:
        return self._matrix(lambda: self.world.put_member(who, room, target, membership))

    def _open(self, guest: UserId) -> tuple[str, Act]:
        return "open", self._page(guest, "/issues", {"subject": "More", "message": "Hello again"})

    def _claim(self, who: UserId, issue: str) -> tuple[str, Act]:
        return "claim", self._page(who, f"/issues/{issue}/claim", {})

    def _say(self, who: UserId, room: RoomId) -> Act:
        return self._matrix(lambda: self.world.say(who, room))

    def _leave(self, who: UserId, room: RoomId) -> tuple[str, Act]:
        return "leave", self._member(who, room, who, "leave")

    def _redact(self, who: UserId, room: RoomId) -> Act:
        event = self.world.rooms[room].events[-1]
        return self._matrix(
            lambda: self.world.ask(who, "PUT", at("rooms", room, "redact", event, self.world.people[who].txn()), {})
        )

    @invariant()
    def nothing_is_wrong(self) -> None:
        type(self).steps += 1
        if not self.failures:
            self.failures.extend(self.runner.run(self.world.look()))
        assert not self.failures, self.failures

    def teardown(self) -> None:
        if not self.failures:
            self.failures.extend(self.runner.run(self.world.come_to_rest()))
        assert not self.failures, self.failures


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[Machine]]:
    """A house of its own, as what is done here leaves nothing as it was. Driven from outside any loop."""
    house = House(Path(tmp_path_factory.mktemp("machine")) / "var")
    with asyncio.Runner() as runner:
        try:
            runner.run(house.start())
            world = runner.run(opened(house))
            yield type("OnRealParts", (Machine,), {"world": world, "runner": runner})
            runner.run(world.close())
        finally:
            assert runner.run(house.stop()) == 0


async def opened(house: House) -> RealWorld:
    world = RealWorld(house)
    await world.open()
    return world


def play(machine: type[Machine], rows: int, steps: int) -> None:
    """So many rows of steps."""
    how = settings(
        max_examples=rows,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    try:
        run_state_machine_as_test(machine, settings=how)
    except Exception as fault:
        if machine.failures:
            raise AssertionError(machine.failures, machine.done[-20:]) from fault
        raise


def test_a_slice_of_what_people_may_do_breaks_no_rule_on_real_parts(machine: type[Machine]) -> None:
    play(seed(3)(machine), rows=1, steps=SLICE)
    one_sided = {what for what in BOTH_WAYS if not (machine.answers[what, True] and machine.answers[what, False])}
    assert not one_sided, f"always allowed, or always refused, so nothing was shown: {one_sided}"


@pytest.mark.skipif(not PROVING, reason="a long proof; `make prove` runs it")
def test_many_steps_break_no_rule_on_real_parts(machine: type[Machine], capsys: pytest.CaptureFixture[str]) -> None:
    part = 0
    while machine.steps < STEPS_TO_PROVE:
        part += 1
        # Real parts take their own time, so the same choices need not lead to the same place: that is no breach.
        with suppress(FlakyStrategyDefinition):
            play(seed(part)(machine), rows=4, steps=50)
        with capsys.disabled():
            sys.stderr.write(f"{machine.steps:>5,} of {STEPS_TO_PROVE:,} steps\n")
