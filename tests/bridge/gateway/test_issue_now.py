"""What the `issue` frame says of a conversation that goes on elsewhere, and of an empty house."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.desk.visible import Viewers
from bridge.gateway.frames import IssueNow, build_payload
from bridge.gateway.issue_now import load_issue_now
from bridge.ports import IssueChanged
from policies.escalation import Mode
from policies.issue import Conclusion, Status, Wanted
from policies.names import IssueId
from tests.bridge.desk.office import GINA, Office, open_office, user

ADA = user("ada")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as office:
        yield office


async def told(office: Office, issue_id: IssueId, viewers: Viewers = Viewers.GUESTS) -> IssueNow:
    frame = await load_issue_now(office.store, "!somewhere", issue_id, viewers)
    assert frame is not None
    return frame


async def test_whoever_looks_at_the_old_room_is_told_where_it_goes_on(office: Office) -> None:
    record = await office.claimed_issue()
    await office.desk.escalate(ADA, record.issue.id, Mode.NEW_ROOM, "too hard")
    between = await told(office, record.issue.id)
    assert between.continues_in == (await office.record(record.issue.id)).issue.child
    assert between.guest_room == record.issue.guest_room, "they are not in the new one yet"
    office.notices.heard.clear()
    await office.settle()
    assert IssueChanged(record.issue.id) in office.notices.heard
    after = await told(office, record.issue.id)
    child = await office.record(IssueId(str(after.continues_in)))
    assert (after.status, after.conclusion) == (Status.CONCLUDED, Conclusion.ESCALATED)
    assert after.guest_room == child.issue.guest_room
    now = await told(office, child.issue.id)
    assert (now.status, now.continues_in) == (Status.OPEN, None)


async def test_after_several_moves_they_are_told_of_the_last(office: Office) -> None:
    record = await office.claimed_issue()
    issue_id = record.issue.id
    for _ in range(2):
        await office.desk.escalate(user("sam"), issue_id, Mode.NEW_ROOM, "too hard")
        await office.settle()
        issue_id = (await office.record(issue_id)).issue.child or issue_id
    assert (await told(office, record.issue.id)).continues_in == issue_id


async def test_a_guest_is_told_nothing_of_tiers_and_of_whom_it_waits_for(office: Office) -> None:
    record = await office.claimed_issue()
    await office.desk.escalate(ADA, record.issue.id, Mode.NEW_ROOM, "too hard")
    await office.settle()
    child = (await office.record(record.issue.id)).issue.child or IssueId("")
    for issue_id in (record.issue.id, child):
        text = build_payload(await told(office, issue_id)).decode()
        for secret in ("wanted", "tier", "assignee", "staff_room", "parent", "child"):
            assert f'"{secret}"' not in text
    staff = await told(office, child, Viewers.STAFF)
    assert (staff.wanted, staff.parent) == (Wanted.TIER, record.issue.id)
    assert (await told(office, record.issue.id, Viewers.STAFF)).child == child


async def test_a_guest_is_told_that_nobody_is_there_and_that_they_left_an_address(office: Office) -> None:
    record = await office.open_issue()
    assert not (await told(office, record.issue.id)).nobody_on_duty
    await office.off_duty("ada", "amy", "ben", "sam")
    assert (await told(office, record.issue.id)).nobody_on_duty
    await office.desk.leave_contact(GINA, record.issue.id, "gina@example.org")
    frame = await told(office, record.issue.id)
    assert frame.contact_left
    assert "example.org" not in build_payload(frame).decode()
