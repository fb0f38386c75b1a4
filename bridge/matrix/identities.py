"""As whom the bridge acts: its own user, a guest's ghost, or a member of staff by a Matrix session of their own.

The application service may masquerade as its ghosts and as nobody else, so what staff do over the gateway or the API
is done with an access token of theirs, got with a JWT that lives for a minute. Sessions stay in memory only; each
keeps one device id, so that transaction ids go on meaning the same after a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from bridge.errors import MatrixError, MatrixTaken
from bridge.matrix.client import Identity, MatrixClient, path
from policies.names import ServerName, UserId

DEVICE: Final = "CHAPERONE"
"""The device of each ghost, of the bot, and of each employee's session that the bridge holds."""

MatrixToken = Callable[[UserId], Awaitable[str]]
"""Makes a JWT for a local member of staff that the homeserver accepts for a minute."""


class Identities:
    """Finds, and where need be makes, the identity of a user."""

    def __init__(
        self, client: MatrixClient, as_token: str, bot: UserId, server_name: ServerName, matrix_token: MatrixToken
    ) -> None:
        self._client = client
        self._as_token = as_token
        self._bot = bot
        self._server_name = server_name
        self._matrix_token = matrix_token
        self._sessions: dict[UserId, Identity] = {}
        self._logging_in = asyncio.Lock()

    def is_ours(self, user_id: UserId) -> bool:
        """Whether the application service may act as this user: the bot and the ghosts (its exclusive namespace)."""
        return user_id == self._bot or (user_id.startswith("@guest-") and user_id.endswith(f":{self._server_name}"))

    def bare(self, user_id: UserId) -> Identity:
        """One of ours without a device, for the requests that make the device."""
        return Identity(self._as_token, {"user_id": user_id})

    async def load(self, user_id: UserId | None) -> Identity:
        """The identity to act with; the bot's for None."""
        user_id = user_id or self._bot
        if self.is_ours(user_id):
            return Identity(self._as_token, {"user_id": user_id, "device_id": DEVICE})
        async with self._logging_in:
            if user_id not in self._sessions:
                self._sessions[user_id] = await self._log_in(user_id)
            return self._sessions[user_id]

    def forget(self, user_id: UserId) -> None:
        """Drop a session that the homeserver no longer knows."""
        self._sessions.pop(user_id, None)

    async def ensure(self, user_id: UserId) -> None:
        """Register one of our users and its device, if they are not there."""
        localpart = user_id[1:].partition(":")[0]
        try:
            await self._client.request(
                "POST",
                path("register"),
                Identity(self._as_token),
                body={"type": "m.login.application_service", "username": localpart, "inhibit_login": True},
            )
        except MatrixTaken:
            pass  # by an earlier attempt
        except MatrixError as fault:
            # The sender's own user is made by Synapse itself on first use; it is exclusive to us all the same.
            if fault.errcode != "M_EXCLUSIVE" or user_id != self._bot:
                raise
        await self._client.request(
            "PUT", path("devices", DEVICE), self.bare(user_id), body={"display_name": "Chaperone"}
        )

    async def _log_in(self, user_id: UserId) -> Identity:
        answer = await self._client.request(
            "POST",
            path("login"),
            Identity(""),
            body={
                "type": "org.matrix.login.jwt",
                "token": await self._matrix_token(user_id),
                "device_id": f"{DEVICE}-GATEWAY",
                "initial_device_display_name": "Chaperone (desk)",
            },
        )
        return Identity(str(answer["access_token"]))
