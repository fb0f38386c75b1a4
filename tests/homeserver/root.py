"""An administrator of Synapse itself. Chaperone has none; whoever runs the machine can make one, past all rules."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from tests.homeserver.house import Answer, House, Someone

ADMIN = "/_synapse/admin"


async def make_root(house: House) -> Someone:
    """Somebody whom nobody listed, made server admin in the database."""
    root = await house.stranger("root")
    with (
        closing(sqlite3.connect(house.synapse.data / "homeserver" / "homeserver.db", timeout=30)) as database,
        database,
    ):
        database.execute("UPDATE users SET admin = 1 WHERE name = ?", (root.user_id,))
    for locked in (True, False):  # Synapse reads the account anew when that changes
        assert (await house.keep_account(root.user_id, locked=locked)).status == 200
    session = await house.log_in_by_jwt(house.token_for("root"))
    assert session.status == 200, session
    return Someone(house, root.user_id, session.body["access_token"])


async def administrate(house: House, root: Someone, method: str, path: str, body: Any = None) -> Answer:
    """Any request of Synapse's admin API."""
    return await house.request(method, ADMIN + path, body, token=root.token)
