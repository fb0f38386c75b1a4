"""What of a room's events reaches whom. Decided here, once, for every door that shows events.

A guest's door opens on guest rooms only, and shows of them what people said and did: no state but the issue's
guest side and the people, and no key of ours but the mark of a shared copy. A staff room's event has no form in which
it could be shown to a guest; the function returns None for it, whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from policies.content import as_mapping
from policies.names import ISSUE_STATE, NAMESPACE, SHARED_KEY
from policies.people import Person
from policies.rooms import RoomKind

GUEST_EVENTS: Final = frozenset(
    {"m.room.message", "m.sticker", "m.reaction", "m.room.redaction", "m.room.member", ISSUE_STATE}
)
GUEST_KINDS: Final = frozenset({RoomKind.GUEST, RoomKind.LOUNGE})


def may_see_kind(viewer: Person, kind: RoomKind) -> bool:
    """Whether any event of such a room may be shown to this person at all, membership aside."""
    return kind in GUEST_KINDS or viewer.is_staff


def visible_content(
    viewer: Person, kind: RoomKind, event_type: str, content: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The content as this person may see it; None if the event is not for them."""
    if not may_see_kind(viewer, kind):
        return None
    if viewer.is_staff:
        return content
    if event_type not in GUEST_EVENTS:
        return None
    if event_type == ISSUE_STATE:
        return {key: content.get(key) for key in ("id", "status", "conclusion", "epoch")}
    return _without_our_keys(content)


def _without_our_keys(content: Mapping[str, Any]) -> dict[str, Any]:
    seen = _shown_keys(content)
    if "m.new_content" in seen:  # an edit of an edit means nothing, so nothing in it is looked into, or shown
        seen["m.new_content"] = _shown_keys(as_mapping(seen["m.new_content"]))
        seen["m.new_content"].pop("m.new_content", None)
    return seen


def _shown_keys(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if not key.startswith(NAMESPACE) or key == SHARED_KEY}
