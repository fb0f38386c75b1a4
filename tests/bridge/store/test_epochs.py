from __future__ import annotations

from bridge.ports import Epoch
from bridge.store.database import SqlStore
from policies.names import IssueId, UserId
from tests.bridge.store.rows import NOW, later

ADA = UserId("@ada:localhost")
ISSUE, OTHER = IssueId("7"), IssueId("8")


async def epochs(store: SqlStore, issue_id: IssueId = ISSUE) -> list[Epoch]:
    async with store.read() as tx:
        return [*(await tx.epochs.of([issue_id]))[issue_id]]


async def test_an_epoch_begins_once(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.epochs.begin(ISSUE, 1, NOW)
        await tx.epochs.begin(ISSUE, 1, later(60))
    assert await epochs(store) == [Epoch(ISSUE, 1, NOW)]


async def test_the_first_answer_stays_the_first(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.epochs.begin(ISSUE, 1, NOW)
        await tx.epochs.answer(ISSUE, 1, ADA, later(5))
        await tx.epochs.answer(ISSUE, 1, UserId("@ben:localhost"), later(9))
    [epoch] = await epochs(store)
    assert (epoch.answered_at, epoch.answered_by) == (later(5), ADA)


async def test_a_rating_may_be_another_and_concerns_its_own_epoch(store: SqlStore) -> None:
    async with store.write() as tx:
        for number in (2, 1):
            await tx.epochs.begin(ISSUE, number, NOW)
        await tx.epochs.rate(ISSUE, 2, 3, "So so.", later(5))
        await tx.epochs.rate(ISSUE, 2, 4, "Better.", later(9))
    first, second = await epochs(store)
    assert (first.epoch, first.rating) == (1, None)
    assert (second.rating, second.comment, second.rated_at) == (4, "Better.", later(9))


async def test_several_issues_are_loaded_at_once_and_one_without_epochs_has_none(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.epochs.begin(ISSUE, 1, NOW)
    async with store.read() as tx:
        assert await tx.epochs.of([ISSUE, OTHER]) == {ISSUE: [Epoch(ISSUE, 1, NOW)], OTHER: []}
        assert await tx.epochs.of([]) == {}
