from __future__ import annotations

from bridge.store.database import SqlStore
from tests.bridge.store.rows import GINA, HUGO, later


async def test_a_guest_of_a_site_is_known_by_site_and_subject(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.site_guests.add("shop", "7", GINA.id)
        await tx.site_guests.add("forum", "7", HUGO.id)
        assert await tx.site_guests.load("shop", "7") == GINA.id
        assert await tx.site_guests.load("forum", "7") == HUGO.id
        assert await tx.site_guests.load("shop", "8") is None


async def test_an_assertion_is_spent_once(store: SqlStore) -> None:
    async with store.write() as tx:
        assert await tx.site_guests.spend("shop", "a", later(60))
        assert not await tx.site_guests.spend("shop", "a", later(90))
        assert await tx.site_guests.spend("forum", "a", later(60))


async def test_a_spent_assertion_is_forgotten_once_it_has_expired(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.site_guests.spend("shop", "a", later(60))
    await store.prune(later(60))
    async with store.write() as tx:
        assert not await tx.site_guests.spend("shop", "a", later(60))
    await store.prune(later(61))
    async with store.write() as tx:
        assert await tx.site_guests.spend("shop", "a", later(60))
