"""Events to sign, and keys to sign them with."""

from __future__ import annotations

import warnings
from typing import Any

from homeserver.keys import make_policy_keys, parse_policy_keys
from policies.names import ServerName

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Twisted deprecates what Synapse imports of it
    from synapse.api.room_versions import RoomVersions
    from synapse.events import EventBase, make_event_from_dict

    from homeserver.policy_keys import PolicyKeys

HERE = ServerName("here.example")
ONE = make_policy_keys()
TWO = make_policy_keys(ONE)


def ring(content: str) -> PolicyKeys:
    """The keys of a file."""
    return PolicyKeys(HERE, parse_policy_keys(content))


def build_event(**changes: Any) -> EventBase:
    """An event as it comes from another server."""
    pdu: dict[str, Any] = {
        "type": "m.room.message",
        "room_id": "!room",
        "sender": "@bob:there.example",
        "content": {"body": "hello"},
        "depth": 1,
        "origin_server_ts": 1,
        "auth_events": [],
        "prev_events": [],
        "hashes": {"sha256": "x"},
        "signatures": {"there.example": {"ed25519:a": "x"}},
    }
    return make_event_from_dict({**pdu, **changes}, RoomVersions.V12)
