from __future__ import annotations

from bridge.store.database import SqlStore
from policies.duty import Schedule, Shift
from policies.names import Tier, UserId

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


async def test_whoever_has_no_number_of_their_own_has_none_here(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.duties.set_capacity(ADA, 3)
        await tx.duties.set_capacity(BEN, 2)
        await tx.duties.set_capacity(ADA, 4)
        await tx.duties.set_capacity(BEN, None)
        assert await tx.duties.capacities() == {ADA: 4}


async def test_a_week_is_kept_as_it_is_and_replaced_as_a_whole(store: SqlStore) -> None:
    week = Schedule("Europe/Berlin", (Shift(0, 540, 1020), Shift(0, 1200, 60), Shift(4, 540, 720)))
    other = Schedule("UTC", (Shift(1, 0, 60),))
    async with store.write() as tx:
        assert await tx.duties.schedule(ADA) is None
        await tx.duties.save_schedule(ADA, week)
        await tx.duties.save_schedule(BEN, other)
        assert await tx.duties.schedule(ADA) == week
        await tx.duties.save_schedule(ADA, other)
        assert await tx.duties.schedule(ADA) == other
        await tx.duties.save_schedule(ADA, None)
        assert await tx.duties.schedule(ADA) is None
        assert await tx.duties.schedule(BEN) == other


async def test_each_tier_has_its_own_turn(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.duties.set_last_in_turn(Tier.T1, ADA)
        await tx.duties.set_last_in_turn(Tier.T2, BEN)
        await tx.duties.set_last_in_turn(Tier.T1, BEN)
    async with store.read() as tx:
        assert [await tx.duties.last_in_turn(tier) for tier in Tier] == [BEN, BEN, None]
