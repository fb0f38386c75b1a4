"""Whoever waits hears of it whenever their place in the queue is another, whatever made it so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bridge.desk.people import Change
from bridge.ports import IssueChanged, PrincipalId
from policies.escalation import Mode
from policies.issue import Conclusion
from policies.names import IssueId, Standing
from tests.bridge.desk.office import ALEX, GINA, Office, user

ADA, BEN, SAM = user("ada"), user("ben"), user("sam")


async def positions(office: Office) -> dict[IssueId, int]:
    """Everybody's place in the queue of their tier."""
    async with office.store.read() as tx:
        places = {record.issue.id: await tx.issues.queue_position(record.issue.id) for record in await tx.issues.list()}
    return {issue_id: place for issue_id, place in places.items() if place is not None}


async def claim_the_first(office: Office) -> None:
    await office.desk.claim(ADA, IssueId("1"))


async def tap_the_second(office: Office) -> None:
    await office.tap(ADA, office.queue(), (await office.record(IssueId("2"))).card, "✋")


async def conclude_the_first(office: Office) -> None:
    await office.desk.conclude(ADA, IssueId("1"), Conclusion.UNRESOLVED, "")


async def conclude_by_command(office: Office) -> None:
    await office.say(SAM, office.queue(), "!claim 1")
    await office.say(SAM, (await office.record(IssueId("1"))).issue.staff_room, "!conclude resolved")


async def escalate_the_first(office: Office) -> None:
    await office.desk.escalate(SAM, IssueId("1"), Mode.IN_PLACE, "It is hard.")


async def reopen_an_ended_one(office: Office) -> None:
    await office.desk.conclude(ADA, IssueId("1"), Conclusion.UNRESOLVED, "")
    await office.desk.reopen(GINA, IssueId("1"), "Please.")


async def return_to_the_lobby(office: Office) -> None:
    await office.desk.claim(ADA, IssueId("3"))
    await office.settle()
    await office.off_duty("amy", "ben", "sam")
    await office.leave(ADA, (await office.record(IssueId("3"))).issue.guest_room)
    await office.wait(timedelta(minutes=2))


async def suspend_the_only_one(office: Office) -> None:
    await office.desk.claim(ADA, IssueId("3"))
    await office.settle()
    await office.off_duty("amy", "ben", "sam")
    await office.people.change(ALEX, PrincipalId("ada"), Change(standing=Standing.SUSPENDED))
    await office.wait(timedelta(minutes=2))


EVERY_WAY: list[Callable[[Office], Awaitable[None]]] = [
    claim_the_first,
    tap_the_second,
    conclude_the_first,
    conclude_by_command,
    escalate_the_first,
    reopen_an_ended_one,
    return_to_the_lobby,
    suspend_the_only_one,
]


@pytest.mark.parametrize("happen", EVERY_WAY, ids=lambda way: way.__name__)
async def test_whoever_moved_hears_of_it(office: Office, happen: Callable[[Office], Awaitable[None]]) -> None:
    for _ in range(4):
        await office.open_issue()
        office.clock.advance(timedelta(seconds=1))
    before = await positions(office)
    office.notices.heard.clear()
    await happen(office)
    await office.settle()
    after = await positions(office)
    moved = {issue_id for issue_id in before.keys() | after.keys() if before.get(issue_id) != after.get(issue_id)}
    told = {notice.issue_id for notice in office.notices.heard if isinstance(notice, IssueChanged)}
    assert moved
    assert moved <= told
