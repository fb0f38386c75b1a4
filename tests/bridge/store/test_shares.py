from __future__ import annotations

from dataclasses import replace

from bridge.ports import ShareRecord
from bridge.store.database import SqlStore
from policies.names import EventId, IssueId, UserId
from tests.bridge.store.rows import NOW, later

ADA = UserId("@ada:localhost")
SHARE = ShareRecord("s1", IssueId("7"), EventId("$answer"), ADA, NOW, edited=False)
LATER = ShareRecord("s0", IssueId("7"), EventId("$answer"), ADA, later(5), edited=True)


async def test_shares_are_kept_in_order_with_what_became_of_them(store: SqlStore) -> None:
    async with store.write() as tx:
        for share in (LATER, SHARE, replace(SHARE, id="s2", issue_id=IssueId("8"))):
            await tx.shares.add(share)
        await tx.shares.copied("s1", EventId("$copy"))
        await tx.shares.take_back("s1", ADA, later(9))
        assert await tx.shares.load("s3") is None
        changed = replace(SHARE, copy=EventId("$copy"), taken_back_by=ADA, taken_back_at=later(9))
        assert await tx.shares.load("s1") == changed
        assert await tx.shares.of_issue(IssueId("7")) == [changed, LATER]
