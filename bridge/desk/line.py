"""A conversation that goes on through several issues: each was escalated to a new room, and the last one is the living
one. Its guest sees one conversation, whichever of them they ask for.

    issue 7 ──child──▶ issue 9 ──child──▶ issue 12
            ◀─parent──         ◀─parent──
"""

from __future__ import annotations

from bridge.ports import IssueChanged, IssueRecord, Transaction
from policies.issue import Issue


async def load_last(tx: Transaction, record: IssueRecord) -> IssueRecord:
    """Where the conversation goes on: the issue itself, if it was escalated to none."""
    while record.issue.child is not None:
        child = await tx.issues.load(record.issue.child)
        assert child is not None  # noqa: S101  # issues are never deleted, and this one was made together with its name
        record = child
    return record


async def load_earlier(tx: Transaction, issue: Issue) -> list[IssueRecord]:
    """Where the conversation was before, the latest first."""
    earlier: list[IssueRecord] = []
    while issue.parent is not None:
        parent = await tx.issues.load(issue.parent)
        assert parent is not None  # noqa: S101  # as above
        earlier.append(parent)
        issue = parent.issue
    return earlier


async def build_notices(tx: Transaction, issue: Issue) -> list[IssueChanged]:
    """That an issue changed concerns who looks at an earlier one too: their conversation goes on in it."""
    return [IssueChanged(issue.id), *(IssueChanged(record.issue.id) for record in await load_earlier(tx, issue))]
