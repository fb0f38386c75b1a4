from __future__ import annotations

from bridge.ports import Contact
from bridge.store.database import SqlStore
from tests.bridge.store.rows import NOW, later
from tests.bridge.store.test_issues import load, open_issue


async def test_an_address_is_kept_with_its_issue_until_there_is_another(store: SqlStore) -> None:
    record = await open_issue(store)
    issue_id = record.issue.id
    async with store.write() as tx:
        assert await tx.contacts.load(issue_id) is None
        await tx.contacts.set(issue_id, "gina@example.org", NOW)
        await tx.contacts.told(issue_id, later(5))
        assert await tx.contacts.load(issue_id) == Contact(issue_id, "gina@example.org", NOW, later(5))
        await tx.contacts.set(issue_id, "+44 20 7946 0000", later(9))
        assert await tx.contacts.load(issue_id) == Contact(issue_id, "+44 20 7946 0000", later(9))
    found = await load(store, issue_id)
    assert found is not None
    assert found.contact == "+44 20 7946 0000"
