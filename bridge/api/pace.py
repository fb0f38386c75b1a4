"""How fast somebody may go by the API: what the socket allows them is counted together with it.

The homeserver does not limit ghosts; we do, before their words are accepted.
"""

from __future__ import annotations

from bridge.api.errors import build_limited
from bridge.gateway.limits import Pace
from bridge.ports import Principal


def check_message(pace: Pace, principal: Principal) -> None:
    """Count one message, issue or the like of theirs.

    :raises ApiFault: 429, and when to try again, if there were too many.
    """
    wait = pace.take_message(principal)
    if wait:
        raise build_limited("You write faster than we can read. Please wait a moment.", wait)


def check_request(pace: Pace, principal: Principal) -> None:
    """Count one request of theirs, whatever it asks.

    :raises ApiFault: 429, and when to try again, if there were too many.
    """
    wait = pace.take_request(principal)
    if wait:
        raise build_limited("Too many requests. Please wait a moment.", wait)
