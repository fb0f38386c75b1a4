from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.errors import Taken, Unknown
from bridge.ports import Ending, IssueRecord, Principal
from bridge.store.database import SqlStore
from policies.issue import Conclusion, Issue, Status, WaitingOn, Wanted
from policies.names import EventId, IssueId, RoomId, Tier, UserId
from tests.bridge.store.rows import GINA, HUGO, NOW, later

ADA = UserId("@ada:localhost")


async def open_issue(
    store: SqlStore,
    subject: str = "Export fails",
    *,
    guest: Principal = GINA,
    tier: Tier = Tier.T1,
    seconds: float = 0,
    first_words: str = "Hello?",
) -> IssueRecord:
    async with store.write() as tx:
        return await tx.issues.add(guest.id, guest.user_id, subject, first_words, tier, later(seconds))


async def load(store: SqlStore, issue_id: str) -> IssueRecord | None:
    async with store.read() as tx:
        return await tx.issues.load(IssueId(issue_id))


async def test_a_new_issue_waits_in_its_tiers_queue(store: SqlStore) -> None:
    record = await open_issue(store)
    assert record == IssueRecord(
        issue=Issue(IssueId("1"), "Export fails", GINA.user_id, Status.QUEUED, Tier.T1),
        guest_id=GINA.id,
        opened_at=NOW,
        queued_at=NOW,
        first_words="Hello?",
    )
    assert await load(store, "1") == record


@pytest.mark.parametrize("issue_id", ["2", "0", "-1", "one", "", "1.0", "१", "9" * 40, "1 "])
async def test_an_issue_that_is_not_there_is_none(store: SqlStore, issue_id: str) -> None:
    await open_issue(store)
    assert await load(store, issue_id) is None


async def test_everything_of_an_issue_but_its_id_is_saved(store: SqlStore) -> None:
    record = await open_issue(store)
    changed = Issue(
        id=record.issue.id,
        subject="Another",
        guest=HUGO.user_id,
        status=Status.OPEN,
        tier=Tier.T3,
        epoch=2,
        waiting_on=WaitingOn.STAFF,
        assignee=ADA,
        conclusion=Conclusion.UNRESOLVED,
        guest_room=RoomId("!guest"),
        staff_room=RoomId("!staff"),
        wanted=Wanted.SUPERVISOR,
        parent=IssueId("77"),
        child=IssueId("99"),
    )
    async with store.write() as tx:
        await tx.issues.save(changed)
    assert await load(store, "1") == replace(record, issue=changed)
    async with store.write() as tx:
        await tx.issues.save(record.issue)
    assert await load(store, "1") == record


async def test_an_issue_that_is_not_there_cannot_be_saved(store: SqlStore) -> None:
    record = await open_issue(store)
    async with store.write() as tx:
        with pytest.raises(Unknown):
            await tx.issues.save(replace(record.issue, id=IssueId("2")))
        with pytest.raises(Unknown):
            await tx.issues.save_cards(IssueId("2"), card=EventId("$1"))


async def test_an_issue_is_found_by_either_room_and_either_card(store: SqlStore) -> None:
    record = await open_issue(store)
    await open_issue(store)
    async with store.write() as tx:
        await tx.issues.save(replace(record.issue, guest_room=RoomId("!guest"), staff_room=RoomId("!staff")))
        await tx.issues.save_cards(IssueId("1"), card=EventId("$card"))
        await tx.issues.save_cards(IssueId("1"), desk_card=EventId("$desk"))
        await tx.issues.save_cards(IssueId("1"))
    expected = await load(store, "1")
    assert expected is not None
    assert (expected.card, expected.desk_card) == ("$card", "$desk")
    async with store.read() as tx:
        assert await tx.issues.load_by_room(RoomId("!guest")) == expected
        assert await tx.issues.load_by_room(RoomId("!staff")) == expected
        assert await tx.issues.load_by_card(EventId("$card")) == expected
        assert await tx.issues.load_by_card(EventId("$desk")) == expected
        assert await tx.issues.load_by_room(RoomId("!other")) is None
        assert await tx.issues.load_by_card(EventId("$other")) is None


async def test_a_room_belongs_to_one_issue(store: SqlStore) -> None:
    one, two = await open_issue(store), await open_issue(store)
    async with store.write() as tx:
        await tx.issues.save(replace(one.issue, guest_room=RoomId("!guest")))
    with pytest.raises(Exception, match="UNIQUE"):
        async with store.write() as tx:
            await tx.issues.save(replace(two.issue, guest_room=RoomId("!guest")))


async def test_issues_are_listed_newest_first_by_page_and_filter(store: SqlStore) -> None:
    for number in range(1, 6):
        record = await open_issue(
            store, f"Subject {number}", guest=GINA if number % 2 else HUGO, tier=Tier.T2 if number == 5 else Tier.T1
        )
    async with store.write() as tx:
        await tx.issues.save(replace(record.issue, status=Status.OPEN, assignee=ADA))

    async def listed(**filters: object) -> list[str]:
        async with store.read() as tx:
            return [r.issue.id for r in await tx.issues.list(**filters)]  # type: ignore[arg-type]  # checked by tests

    assert await listed() == ["5", "4", "3", "2", "1"]
    assert await listed(limit=2) == ["5", "4"]
    assert await listed(limit=2, before=IssueId("4")) == ["3", "2"]
    assert await listed(guest_id=HUGO.id) == ["4", "2"]
    assert await listed(status=Status.OPEN) == ["5"]
    assert await listed(tier=Tier.T2) == ["5"]
    assert await listed(assignee=ADA) == ["5"]
    assert await listed(assignee=GINA.user_id) == []
    assert await listed(guest_id=GINA.id, status=Status.QUEUED, tier=Tier.T1) == ["3", "1"]


async def test_text_is_searched_for_in_subject_and_first_words(store: SqlStore) -> None:
    await open_issue(store, "Export FAILS")
    await open_issue(store, "Other", first_words="my export fails")
    await open_issue(store, "100%")
    async with store.read() as tx:
        assert [r.issue.id for r in await tx.issues.list(text="export fails")] == ["2", "1"]
        assert [r.issue.id for r in await tx.issues.list(text="%")] == ["3"]
        assert [r.issue.id for r in await tx.issues.list(text="_")] == []


async def test_the_queue_of_a_tier_is_in_the_order_of_waiting(store: SqlStore) -> None:
    for seconds in (20, 10, 10, 30):
        await open_issue(store, seconds=seconds)
    await open_issue(store, tier=Tier.T2)
    async with store.read() as tx:
        assert [r.issue.id for r in await tx.issues.queued(Tier.T1)] == ["2", "3", "1", "4"]
        positions = [await tx.issues.queue_position(IssueId(str(n))) for n in range(1, 7)]
    assert positions == [3, 1, 2, 4, 1, None]


async def test_who_is_claimed_leaves_the_queue_and_the_others_move_up(store: SqlStore) -> None:
    first, _ = await open_issue(store), await open_issue(store)
    async with store.write() as tx:
        await tx.issues.save(replace(first.issue, status=Status.OPEN, assignee=ADA))
        assert await tx.issues.queue_position(IssueId("1")) is None
        assert await tx.issues.queue_position(IssueId("2")) == 1


async def test_an_epoch_ends_once(store: SqlStore) -> None:
    await open_issue(store)
    ending = Ending(IssueId("1"), 1, Conclusion.RESOLVED, ADA, "done", NOW)
    again = Ending(IssueId("1"), 2, Conclusion.GUEST_DISENGAGED, ADA, "", later(9))
    async with store.write() as tx:
        await tx.issues.end(again)
        await tx.issues.end(ending)
        with pytest.raises(Taken):
            await tx.issues.end(replace(ending, conclusion=Conclusion.UNRESOLVED))
    async with store.read() as tx:
        assert await tx.issues.endings(IssueId("1")) == [ending, again]
        assert await tx.issues.endings(IssueId("2")) == []


async def test_a_number_is_not_given_twice_even_after_the_projection_was_thrown_away(store: SqlStore) -> None:
    await open_issue(store)
    async with store.write() as tx:
        await tx.connection.exec_driver_sql("DELETE FROM issues")
    assert (await open_issue(store)).issue.id == "2"


async def test_what_is_put_first_is_before_everybody_who_waits(store: SqlStore) -> None:
    records = [await open_issue(store, seconds=second) for second in range(3)]
    async with store.write() as tx:
        await tx.issues.queue_first(records[2].issue.id)
        queue = [record.issue.id for record in await tx.issues.queued(Tier.T1)]
        assert queue == [records[number].issue.id for number in (2, 0, 1)]
        assert await tx.issues.queue_position(records[2].issue.id) == 1


async def test_what_is_first_stays_as_it_was(store: SqlStore) -> None:
    first, _ = await open_issue(store), await open_issue(store, seconds=1)
    async with store.write() as tx:
        await tx.issues.queue_first(first.issue.id)
    assert await load(store, first.issue.id) == first


async def test_open_issues_are_counted_for_each_assignee(store: SqlStore) -> None:
    ben = UserId("@ben:localhost")
    for status, assignee in (
        (Status.OPEN, ADA),
        (Status.OPEN, ADA),
        (Status.OPEN, ben),
        (Status.CONCLUDED, ben),
        (Status.QUEUED, None),
    ):
        record = await open_issue(store)
        async with store.write() as tx:
            await tx.issues.save(replace(record.issue, status=status, assignee=assignee))
    async with store.read() as tx:
        assert await tx.issues.open_by_assignee() == {ADA: 2, ben: 1}
