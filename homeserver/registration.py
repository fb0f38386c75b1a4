"""The registration that makes the bridge an application service of our Synapse.

What each unusual key is for:

    rate_limited: false      ghosts are limited by the bridge, which knows whose words it carries; Synapse's limits for
                             one user would hold up a whole room
    io.element.msc4190       ghosts get devices of their own (`PUT /devices/{id}`), and with them transaction ids that
                             Synapse remembers over a restart; `device_id=` itself needs no switch in 1.163
    receive_ephemeral        typing and read receipts of staff reach the guest's page
"""

from __future__ import annotations

import re
from typing import Any, Final

from homeserver.settings import GHOST_PREFIX
from policies.names import ServerName

ALIAS_PREFIX: Final = "chaperone-"


def build_registration(server_name: ServerName, bot: str, url: str, as_token: str, hs_token: str) -> dict[str, Any]:
    """Content of the registration file (application service API, "Registration").

    :param bot: local part of the application service's own user.
    :param url: where Synapse sends transactions.
    """
    server = re.escape(server_name)
    return {
        "id": "chaperone",
        "url": url,
        "as_token": as_token,
        "hs_token": hs_token,
        "sender_localpart": bot,
        "rate_limited": False,
        "receive_ephemeral": True,
        "io.element.msc4190": True,
        "protocols": [],
        "namespaces": {
            "users": [{"exclusive": True, "regex": f"@{GHOST_PREFIX}.*:{server}"}],
            "aliases": [{"exclusive": True, "regex": f"#{ALIAS_PREFIX}.*:{server}"}],
            "rooms": [],
        },
    }
