"""``m.room.policy``: whose signature other servers want before they accept an event in a room (MSC4284).

The bridge puts it into every room of ours that other servers can see. Their homeservers then ask ours before a message
or a change of state of theirs exists, which is how our rules reach people who are not on our homeserver (rule F1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.content import as_mapping, text_at
from policies.names import ServerName

POLICY_STATE: Final = "m.room.policy"
KEY_ID: Final = "ed25519:policy_server"
"""The one name under which a policy server signs; which key that is, the room's state says."""


@dataclass(frozen=True, slots=True)
class PolicyServer:
    """A server that is asked, and its public key in unpadded base64."""

    via: ServerName
    public_key: str


def build_policy_state(server: PolicyServer) -> dict[str, Any]:
    """The content that `parse_policy_state` reads back."""
    return {"via": server.via, "public_keys": {"ed25519": server.public_key}}


def parse_policy_state(content: Mapping[str, Any]) -> PolicyServer | None:
    """Read the state; None where homeservers would not ask anybody either."""
    via, public_key = text_at(content, "via"), text_at(as_mapping(content.get("public_keys")), "ed25519")
    return PolicyServer(ServerName(via), public_key) if via and public_key else None
