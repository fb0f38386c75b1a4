"""A house with two employees, a guest and a robot, whose passwords are cheap to compare."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from bridge.accounts.enrolment import Enrolment
from bridge.accounts.passwords import Passwords
from bridge.accounts.principals import Accounts
from bridge.config import Settings
from bridge.ports import Principal, SessionEnded
from bridge.store.database import SqlStore
from policies.names import Audience, Role, Standing, Tier
from tests.builders.accounts import build_accounts, build_passwords
from tests.builders.people import BOT, user
from tests.fakes.clock import FakeClock

PASSWORD: Final = "correct horse"
ADDRESS: Final = "192.0.2.1"


class Heard:
    """`bridge.ports.Notices` that remembers."""

    def __init__(self) -> None:
        self.notices: list[object] = []

    def publish(self, notice: object) -> None:
        self.notices.append(notice)

    def subscribe(self) -> AsyncIterator[object]:
        raise NotImplementedError


@dataclass
class House:
    """What the tests of accounts work with."""

    store: SqlStore
    clock: FakeClock
    heard: Heard
    passwords: Passwords
    accounts: Accounts
    enrolment: Enrolment

    def with_settings(self, settings: Settings) -> Accounts:
        """Other accounts over the same people."""
        return build_accounts(self.store, self.clock, self.heard, settings, self.passwords)  # type: ignore[arg-type]  # hears anything

    async def suspend(self, principal: Principal) -> None:
        """As an admin would."""
        async with self.store.write() as tx:
            await tx.principals.save(replace(principal, standing=Standing.SUSPENDED))

    def ended(self) -> list[str]:
        """The sessions whose sockets were told to close."""
        return [notice.session_id for notice in self.heard.notices if isinstance(notice, SessionEnded)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Ada and Ben work here, Gina is a guest."""
    store = await SqlStore.open(f"sqlite+aiosqlite:///{tmp_path / 'bridge.db'}", BOT)
    clock, heard, passwords = FakeClock(), Heard(), build_passwords()
    enrolment = Enrolment(store, clock, passwords)
    await enrolment.create("ada", PASSWORD, Role.EMPLOYEE, Tier.T1, "Ada", user("ada"))
    await enrolment.create("ben", PASSWORD + "!", Role.EMPLOYEE, Tier.T2, "Ben", user("ben"))
    await enrolment.create("gina", PASSWORD, Role.GUEST, None, "Gina", user("guest-gina"))
    await enrolment.ensure_robot(user("forms"), "Forms", Audience.STAFF)
    accounts = build_accounts(store, clock, heard, None, passwords)  # type: ignore[arg-type]  # hears anything
    yield House(store, clock, heard, passwords, accounts, enrolment)
    passwords.close()
    await store.close()
