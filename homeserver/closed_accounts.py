"""Accounts that Synapse itself has closed. Whoever cannot act is no cover, whatever the directory still says.

A server admin can deactivate, lock or suspend an account past the bridge. Deactivating is asked about beforehand
(`homeserver.endings`) and takes a while; from the question on the account counts as closed, so that nobody else
leaves in the meantime because of somebody who is going.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from policies.names import UserId

GOING_MS: Final = 60_000
"""How long somebody counts as going. Synapse has closed the account by then, or failed to."""


class Account(Protocol):
    """What Synapse knows of an account."""

    @property
    def is_deactivated(self) -> bool: ...
    @property
    def locked(self) -> bool: ...
    @property
    def suspended(self) -> bool: ...


class AccountReader(Protocol):
    """What is asked of Synapse; `ModuleApi` answers, from its cache."""

    async def get_userinfo_by_id(self, user_id: str) -> Account | None: ...
    def get_current_time_msec(self) -> int: ...


class ClosedAccounts:
    """Tells who can do nothing."""

    def __init__(self, reader: AccountReader) -> None:
        self._reader = reader
        self._going: dict[UserId, int] = {}

    async def find(self, user_ids: Iterable[UserId]) -> frozenset[UserId]:
        """Those of these people whose accounts are closed, or closing."""
        return frozenset([user_id for user_id in user_ids if await self._is_closed(user_id)])

    async def _is_closed(self, user_id: UserId) -> bool:
        if user_id in self._going:
            if self._reader.get_current_time_msec() - self._going[user_id] < GOING_MS:
                return True
            del self._going[user_id]
        account = await self._reader.get_userinfo_by_id(user_id)
        return account is None or account.is_deactivated or account.locked or account.suspended

    def announce(self, user_id: UserId) -> None:
        """Somebody is about to go."""
        self._going[user_id] = self._reader.get_current_time_msec()

    def recall(self, user_id: UserId) -> None:
        """They stay."""
        self._going.pop(user_id, None)
