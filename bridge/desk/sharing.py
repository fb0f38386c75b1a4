"""What a share looks like on either side (rule S1): a copy for the guest, a note for the staff.

The copy carries the kind and the content of the answer and an opaque id. It carries no robot, no question, no event of
the staff room and no content URI of it: media is uploaded again when the copy is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from policies.actions import Share, Unshare
from policies.names import ANSWER_KEY, SHARE_KEY, SHARED_KEY, EventId

COPIED: Final = ("msgtype", "body", "format", "formatted_body", "url", "info", "filename")
"""Of an answer's content nothing else is copied: what is not named here cannot leak."""
MEDIA: Final = "mxc://"
"""An address of a file. In formatted text it would be one of the staff room's."""


def build_shared_content(content: Mapping[str, Any], share_id: str, body: str | None) -> dict[str, Any]:
    """The guest's copy of an answer; its text is `body` where an employee edited it."""
    shared = {key: content[key] for key in COPIED if key in content}
    if isinstance(shared.get("info"), Mapping):
        # a thumbnail is a file of the staff room, and is not uploaded again
        shared["info"] = {key: value for key, value in shared["info"].items() if not key.startswith("thumbnail")}
    if body is not None or MEDIA in str(shared.get("formatted_body")):
        shared["body"] = content["body"] if body is None else body
        for formatted in ("format", "formatted_body"):
            shared.pop(formatted, None)
    answer = content.get(ANSWER_KEY)
    kind = answer.get("kind", "chat") if isinstance(answer, Mapping) else "chat"
    return {
        **shared,
        "m.mentions": {},
        SHARED_KEY: {"id": share_id, "edited": body is not None, "kind": kind},
    }


def build_share_note(share: Share, at: str) -> dict[str, Any]:
    """What the staff room keeps of it, under the answer that was shared."""
    how = "an edited copy" if share.edited else "a copy"
    return {
        "msgtype": "m.notice",
        "body": f"📤 The guest was given {how} of this, by {share.by}.",
        "m.mentions": {},
        "m.relates_to": {"m.in_reply_to": {"event_id": share.source}},
        SHARE_KEY: {"id": share.share_id, "event_id": share.source, "by": share.by, "at": at, "edited": share.edited},
    }


def build_unshare_note(unshare: Unshare, source: EventId) -> dict[str, Any]:
    """What the staff room keeps of a copy that was taken back, under the answer."""
    return {
        "msgtype": "m.notice",
        "body": f"The guest's copy of this was taken back, by {unshare.by}.",
        "m.mentions": {},
        "m.relates_to": {"m.in_reply_to": {"event_id": source}},
    }
