"""What the commands that look at the homeserver stand on: the bridge's own user there, and nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bridge.config import Settings
from bridge.errors import Unknown
from bridge.matrix.client import MatrixClient
from bridge.matrix.homeserver import SynapseHomeserver
from bridge.matrix.identities import Identities
from bridge.secret_files import Secrets
from policies.names import UserId


@asynccontextmanager
async def open_homeserver(settings: Settings, secrets: Secrets) -> AsyncIterator[SynapseHomeserver]:
    """The homeserver, as the bridge's own user reads it, also while the bridge is running."""
    matrix = settings.matrix

    async def nobody_else(user_id: UserId) -> str:
        raise Unknown("login", user_id)

    async with aiohttp.ClientSession() as session:
        client = MatrixClient(matrix.homeserver_url, session)
        identities = Identities(client, secrets.as_token, matrix.bot_id, matrix.server, nobody_else)
        yield SynapseHomeserver(client, identities, matrix.bot_id, secrets.module_secret)
