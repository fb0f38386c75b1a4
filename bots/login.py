"""How a robot comes by a session, and by a new one when the old one is lost.

    stored token ─▶ use it          none, or refused later ─▶ log in, on the same device ─▶ stored
                                                        └─ not yet: homeserver away, robot not listed ─▶ wait, again

The password derives from a secret that the homeserver's module knows too. The device is always the same one: the
homeserver remembers transaction ids per device, and that is what makes a repeated message one message.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import structlog

from bots.errors import MatrixError
from bots.ports import Account
from bots.session import SessionStore, derive_device_id

log = structlog.get_logger(__name__)

FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 5.0


class Login:
    """One robot's session. Implements `bots.patience.Renewal`."""

    def __init__(
        self, account: Account, store: SessionStore, password: str, first_wait_seconds: float = FIRST_WAIT_SECONDS
    ) -> None:
        self._account = account
        self._store = store
        self._password = password
        self._first_wait = first_wait_seconds
        self._lock = asyncio.Lock()
        self.count = 0

    async def begin(self) -> None:
        """Go on with the stored session, or make one."""
        session = self._store.session
        if session.access_token:
            self._account.resume(session.access_token, session.device_id)
        else:
            await self.renew(self.count)

    async def renew(self, seen: int) -> None:
        """Log in anew, unless somebody did since `count` was `seen`: of two that find it lost, one is enough."""
        async with self._lock:
            if self.count != seen:
                return
            user_id = self._store.session.user_id
            device_id, wait = self._store.session.device_id or derive_device_id(user_id), self._first_wait
            while True:
                try:
                    token, device_id = await self._account.log_in(self._password, device_id)
                    break
                except MatrixError as not_yet:
                    log.info("robot.waiting", robot=user_id, why=str(not_yet), again_in=wait)
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, LONGEST_WAIT_SECONDS)
            self._store.save(replace(self._store.session, access_token=token, device_id=device_id))
            self.count += 1
            log.info("robot.logged_in", robot=user_id, device=device_id)
