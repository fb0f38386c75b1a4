"""Words of a robot as they grow, between its edits: how a robot tells the bridge, and proves that it is that robot.

A robot edits its answer once a second at most, for every Matrix client. Sockets of the desk are told of each word:
nothing of it is stored, and what is missed comes with the next edit.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

from policies.names import UserId

STREAM_PATH: Final = "/_chaperone/stream"
MAX_WORDS: Final = 8_000
"""Characters of an answer under way; longer ones are shown by their edits alone."""


def derive_stream_token(robots_secret: str, robot: UserId) -> str:
    """What a robot shows at the bridge's door. It is of no use at the homeserver's."""
    return hmac.new(robots_secret.encode(), f"stream\n{robot}".encode(), sha256).hexdigest()
