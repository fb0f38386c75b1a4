"""The loop works on several lanes at once; those that lead elsewhere do not take the place of the others."""

from __future__ import annotations

import asyncio

from bridge.desk.outbox import AT_ONCE_ASIDE, OutboxLoop
from bridge.desk.work import ACTION
from bridge.ports import OutboxRow
from policies.actions import Action, CallHook
from tests.bridge.desk.office import Office
from tests.until import until

HOOKS = frozenset(f"hook:{number}" for number in range(5))


class Slow:
    """Performs until it is let go on."""

    def __init__(self) -> None:
        self.going_on = asyncio.Event()
        self.begun: list[str] = []
        self.done: list[str] = []

    async def perform(self, row: OutboxRow, action: Action) -> None:
        self.begun.append(row.lane)
        if row.lane in HOOKS:
            await self.going_on.wait()
        self.done.append(row.lane)


async def _decide(office: Office, *lanes: str) -> None:
    async with office.store.write() as tx:
        for lane in lanes:
            action = ACTION.dump_python(CallHook("crm", "d", "issue.opened", "{}"), mode="json")
            await tx.outbox.add(lane, action, office.clock.now())


async def test_slow_lanes_that_lead_elsewhere_hold_up_nobody(office: Office) -> None:
    slow = Slow()
    loop = OutboxLoop(office.store, office.clock, slow.perform, HOOKS)
    issues = [f"issue:{number}" for number in range(12)]
    await _decide(office, *sorted(HOOKS), *issues)
    running = asyncio.create_task(loop.run())

    async def are_issues_done() -> bool:
        return {*issues} <= {*slow.done}

    await until(are_issues_done)
    assert len([lane for lane in slow.begun if lane in HOOKS]) == AT_ONCE_ASIDE
    slow.going_on.set()

    async def is_all_done() -> bool:
        async with office.store.read() as tx:
            return await tx.outbox.backlog() == (0, 0)

    await until(is_all_done)
    assert {*HOOKS, *issues} == {*slow.done}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_who_is_full_of_slow_lanes_waits_without_looking_again_and_again(office: Office) -> None:
    slow = Slow()
    looked = 0

    class Counting:
        def read(self) -> object:
            nonlocal looked
            looked += 1
            return office.store.read()

        def write(self) -> object:
            return office.store.write()

    loop = OutboxLoop(Counting(), office.clock, slow.perform, HOOKS)  # type: ignore[arg-type]  # all that is asked of it
    await _decide(office, *sorted(HOOKS))
    running = asyncio.create_task(loop.run())

    async def are_some_begun() -> bool:
        return len(slow.begun) == AT_ONCE_ASIDE

    await until(are_some_begun)
    before = looked
    for _ in range(200):
        await asyncio.sleep(0)
    assert looked - before <= 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
