"""What is left of an event's content after its redaction (Matrix specification, room version 11 and 12).

The projection forgets what the homeserver forgot: words that were taken back, an unshared answer. So the content is
overwritten here too, not only hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

KEPT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "m.room.member": frozenset({"membership", "join_authorised_via_users_server"}),
        "m.room.join_rules": frozenset({"join_rule", "allow"}),
        "m.room.power_levels": frozenset(
            {
                "ban",
                "events",
                "events_default",
                "invite",
                "kick",
                "redact",
                "state_default",
                "users",
                "users_default",
            }
        ),
        "m.room.history_visibility": frozenset({"history_visibility"}),
        "m.room.redaction": frozenset({"redacts"}),
    }
)


def redacted(event_type: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """The content as every homeserver keeps it."""
    if event_type == "m.room.create":
        return dict(content)
    kept = KEPT.get(event_type, frozenset())
    return {key: value for key, value in content.items() if key in kept}
