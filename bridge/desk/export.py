"""One row for each conversation, for whoever reckons elsewhere: what became of it, when, by whom, who spoke how often.

Nothing that was said is in it but the subject.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from bridge.ports import IssueRecord, Store, Transaction
from policies.issue import Status
from policies.names import IssueId, UserId
from policies.people import Directory

AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation."""

    id: str
    subject: str
    guest: str
    guest_name: str
    tier: str
    assignee: str | None
    status: str
    epochs: int
    opened: datetime
    first_answer: datetime | None
    concluded: datetime | None
    """When it last was; unset while it goes on."""
    conclusion: str | None
    concluded_by: str | None
    messages_of_guests: int
    messages_of_staff: int
    rating: int | None
    """The guest's last one."""
    parent: str | None
    child: str | None

    def as_data(self) -> dict[str, Any]:
        """Plain data, times in ISO 8601."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}


COLUMNS: Final = tuple(one.name for one in fields(Row))


async def load_rows(store: Store, status: Status | None = None) -> AsyncIterator[Row]:
    """All of them, the newest first, a part at a time."""
    before: IssueId | None = None
    while True:
        async with store.read() as tx:
            directory = await tx.principals.directory()
            records = await tx.issues.list(status=status, before=before, limit=AT_ONCE)
            rows = [await _build_row(tx, record, directory) for record in records]
        for row in rows:
            yield row
        if len(records) < AT_ONCE:
            return
        before = records[-1].issue.id


async def _build_row(tx: Transaction, record: IssueRecord, directory: Directory) -> Row:
    issue = record.issue
    epochs = (await tx.epochs.of([issue.id])).get(issue.id, ())
    endings = await tx.issues.endings(issue.id)
    last = endings[-1] if endings and issue.status is Status.CONCLUDED else None
    names = await tx.principals.profiles([issue.guest])
    spoken = {} if issue.guest_room is None else await tx.events.spoken(issue.guest_room)
    waiting = len(await tx.words.waiting(issue.id))
    answers = [one.answered_at for one in epochs if one.answered_at is not None]
    ratings = [one.rating for one in epochs if one.rating is not None]
    return Row(
        id=issue.id,
        subject=issue.subject,
        guest=issue.guest,
        guest_name=names[issue.guest].display_name if issue.guest in names else "",
        tier=issue.tier.name,
        assignee=issue.assignee,
        status=issue.status.value,
        epochs=issue.epoch,
        opened=record.opened_at,
        first_answer=min(answers, default=None),
        concluded=None if last is None else last.at,
        conclusion=None if last is None else last.conclusion.value,
        concluded_by=None if last is None else last.by,
        messages_of_guests=waiting + sum(n for who, n in spoken.items() if _is_guest(directory, who)),
        messages_of_staff=sum(n for who, n in spoken.items() if directory.who_is(who).is_staff),
        rating=ratings[-1] if ratings else None,
        parent=issue.parent,
        child=issue.child,
    )


def _is_guest(directory: Directory, who: UserId) -> bool:
    return directory.who_is(who).is_guest
