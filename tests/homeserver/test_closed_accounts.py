"""Whoever cannot act is no cover, from the moment on when they are about to go."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from homeserver.closed_accounts import GOING_MS, ClosedAccounts
from policies.names import UserId

ADA, BEN = UserId("@ada:a"), UserId("@ben:a")


@dataclass
class Account:
    is_deactivated: bool = False
    locked: bool = False
    suspended: bool = False


@dataclass
class FakeReader:
    accounts: dict[str, Account] = field(default_factory=dict)
    now: int = 0

    async def get_userinfo_by_id(self, user_id: str) -> Account | None:
        return self.accounts.get(user_id)

    def get_current_time_msec(self) -> int:
        return self.now


@pytest.mark.parametrize("account", [Account(True), Account(locked=True), Account(suspended=True), None])
async def test_an_account_that_synapse_closed_is_closed(account: Account | None) -> None:
    reader = FakeReader({ADA: Account()})
    if account is not None:
        reader.accounts[BEN] = account
    assert await ClosedAccounts(reader).find([ADA, BEN]) == {BEN}


async def test_somebody_who_is_about_to_go_counts_as_gone_for_a_while() -> None:
    reader = FakeReader({ADA: Account()})
    closed = ClosedAccounts(reader)
    closed.announce(ADA)
    assert await closed.find([ADA]) == {ADA}
    reader.now = GOING_MS
    assert await closed.find([ADA]) == frozenset()


async def test_somebody_who_stays_after_all_is_there_at_once() -> None:
    closed = ClosedAccounts(FakeReader({ADA: Account()}))
    closed.announce(ADA)
    closed.recall(ADA)
    closed.recall(BEN)
    assert await closed.find([ADA]) == frozenset()
