"""What the bridge says in rooms of staff: an issue's card in the queue, the top of its staff room, replies.

Guests' words are data: in formatted bodies they are escaped, and nothing here ever pings anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from bridge.desk.rooms import link_to
from bridge.ports import IssueRecord
from policies.issue import Issue, Status, Wanted
from policies.names import EventId, UserId

CLAIM: Final = "✋"
SHARE: Final = "📤"
RESOLVED: Final = "✅"
ESCALATE: Final = "⬆️"
LONGEST_WORDS: Final = 280

HELP: Final = """\
In a queue room:
  ✋ on a card, or !claim [number]: take the issue (without a number: the one that waits longest)
In the staff room of an issue:
  !ask <robot> …: ask a robot; upload or name a form first (a mention of the robot does the same)
  📤 on an answer, or !share in reply to it: give the guest a copy
  !unshare in reply to the answer, or to the note about a share: take the guest's copy back
  !escalate [new] <reason>: one tier up, here or in a new room (⬆️ on the first message: here)
  !deescalate [reason]: one tier down
  !handover <who>: make a colleague answerable; then you may leave
  !conclude resolved|unresolved|guest-disengaged [note]: end it (✅ on the first message: resolved)
  !robots [add|remove <robot>]: which robots there are and which are here; bring one in, send one away
  !reopen: go on with a concluded issue (in a queue room: !reopen 12)
In both:
  !on, !off: be given issues, or no new ones (supervisors: !off @ada)
  !breakin 12: enter the rooms of an issue, announced; !whisper [12] [@ada] …: say something in its staff room
    (supervisors)
  !help: this"""


def plain(reaction: str) -> str:
    """A reaction's emoji without the variation selector that some clients add."""
    return reaction.replace("\ufe0f", "").strip()


def build_notice(text: str, html: str | None = None, mentions: Sequence[UserId] = ()) -> dict[str, Any]:
    """A message of the bridge that notifies nobody but whom it mentions."""
    mentioned = {"user_ids": [*mentions]} if mentions else {}
    content: dict[str, Any] = {"msgtype": "m.notice", "body": text, "m.mentions": mentioned}
    if html is not None:
        content |= {"format": "org.matrix.custom.html", "formatted_body": html}
    return content


def build_reply(to: EventId, text: str) -> dict[str, Any]:
    """An answer to a command."""
    return build_notice(text) | {"m.relates_to": {"m.in_reply_to": {"event_id": to}}}


def build_edit(of: EventId, content: dict[str, Any]) -> dict[str, Any]:
    """The same message with new content (client-server API, "Event replacements")."""
    return {
        **content,
        "body": f"* {content['body']}",
        "m.new_content": content,
        "m.relates_to": {"rel_type": "m.replace", "event_id": of},
    }


def build_reaction(to: EventId, key: str) -> dict[str, Any]:
    """A reaction that is there beforehand, so that one tap adds the reader's own."""
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": to, "key": key}}


def build_queue_card(record: IssueRecord) -> dict[str, Any]:
    """The card of an issue as it stands now."""
    issue = record.issue
    match issue.status:
        case Status.QUEUED:
            mark, line = "🆕", f"waits since {record.queued_at:%H:%M} UTC · ✋ claims it"
        case Status.OPEN if issue.wanted is not None:
            whom = "a supervisor" if issue.wanted is Wanted.SUPERVISOR else str(issue.tier)
            mark, line = "⬆️", f"escalated: waits for {whom}, and {issue.assignee} is with the guest · ✋ claims it"
        case Status.OPEN:
            mark, line = "💬", f"claimed by {issue.assignee}"
        case Status.CONCLUDED:
            goes_on = f" to issue {issue.child}" if issue.child else ""
            mark, line = "☑️", f"concluded: {issue.conclusion}{goes_on}"
    if record.contact is not None and issue.status is not Status.CONCLUDED:
        line += f" · to be told at {record.contact}"
    return _build_card(f"{mark} {issue.id} · {issue.subject}", record.first_words, line)


def build_desk_card(record: IssueRecord) -> dict[str, Any]:
    """The first message of a staff room."""
    issue = record.issue
    return _build_card(
        f"📋 {issue.id} · {issue.subject}",
        record.first_words,
        f"{issue.tier} · answerable: {issue.assignee} · ✅ concludes it as resolved · ⬆️ escalates it · "
        "!help lists what you can do here",
    )


def _build_card(title: str, words: str, line: str) -> dict[str, Any]:
    words = words if len(words) <= LONGEST_WORDS else words[: LONGEST_WORDS - 1] + "…"
    return build_notice(
        "\n".join((title, *(f"> {part}" for part in words.splitlines()), line)),
        f"<strong>{escape(title)}</strong><blockquote>{escape(words)}</blockquote>{escape(line)}",
    )


def build_move_note(child: Issue, by: UserId, reason: str) -> dict[str, Any]:
    """What the old staff room says once the guest is in the new room."""
    because = f": {reason}" if reason else "."
    return build_notice(
        f"⬆️ Escalated by {by}{because} It goes on as issue {child.id}, {child.tier}: {link_to(child.staff_room)}"
    )
