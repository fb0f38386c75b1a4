from __future__ import annotations

from dataclasses import replace

from bridge.ports import Ending, EpochFigures, OpenCount
from bridge.store.database import SqlStore
from policies.issue import Conclusion, Status
from policies.names import IssueId, Tier, UserId
from tests.bridge.store.rows import GINA, NOW, later

ADA = UserId("@ada:localhost")
ISSUE = IssueId("7")


async def test_each_epoch_is_a_row_with_how_it_ended_if_it_did(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.epochs.begin(ISSUE, 1, NOW)
        await tx.epochs.answer(ISSUE, 1, ADA, later(5))
        await tx.epochs.rate(ISSUE, 1, 4, "", later(30))
        await tx.issues.end(Ending(ISSUE, 1, Conclusion.RESOLVED, ADA, "", later(20)))
        await tx.epochs.begin(ISSUE, 2, later(40))
    async with store.read() as tx:
        assert await tx.figures.epochs_since(NOW) == [
            EpochFigures(later(40), None, None, None, None),
            EpochFigures(NOW, later(5), Conclusion.RESOLVED, later(20), 4),
        ]
        assert len(await tx.figures.epochs_since(later(10))) == 2  # the first one ended since
        assert len(await tx.figures.epochs_since(later(30))) == 1


async def test_open_issues_are_counted_by_tier_and_assignee(store: SqlStore) -> None:
    async with store.write() as tx:
        for tier, status in ((1, Status.OPEN), (1, Status.OPEN), (2, Status.OPEN), (1, Status.QUEUED)):
            record = await tx.issues.add(GINA.id, GINA.user_id, "Export fails", "Hello?", Tier(tier), NOW)
            await tx.issues.save(replace(record.issue, status=status, assignee=ADA))
        assert await tx.figures.open_counts() == [OpenCount(Tier.T1, ADA, 2), OpenCount(Tier.T2, ADA, 1)]
