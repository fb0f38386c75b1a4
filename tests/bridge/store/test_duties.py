from __future__ import annotations

from bridge.store.database import SqlStore
from policies.names import UserId

ADA, BEN = UserId("@ada:localhost"), UserId("@ben:localhost")


async def test_everybody_is_on_duty_until_they_are_taken_off_it(store: SqlStore) -> None:
    async with store.write() as tx:
        assert await tx.duties.off() == frozenset()
        await tx.duties.set(ADA, on_duty=False)
        await tx.duties.set(BEN, on_duty=True)
        assert await tx.duties.off() == {ADA}


async def test_who_comes_back_is_on_duty_again(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.duties.set(ADA, on_duty=False)
        await tx.duties.set(ADA, on_duty=True)
        assert await tx.duties.off() == frozenset()
