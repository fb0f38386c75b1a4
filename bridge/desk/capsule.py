"""What whoever takes an escalated issue has to know, in one message of its staff room: facts, what the robots found
so far, and what the guest still waits to hear.

It is made when the issue is escalated, from what the bridge was told until then, and posted as it was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from bridge.desk.rooms import link_to
from bridge.desk.visible import edited_by
from bridge.desk.work import Work
from bridge.ports import IssueRecord, StoredEvent, Transaction
from policies.actions import PostCapsule
from policies.content import as_mapping, text_at
from policies.issue import Issue, Wanted
from policies.names import ANSWER_KEY, RoomId, UserId

MOST_READ: Final = 200
"""Events of a room."""
MOST_ANSWERS: Final = 3
MOST_WORDS: Final = 8
LONGEST: Final = 600
"""Characters of one answer, or of one message of the guest."""

Part = tuple[str, Sequence[str]]
"""A heading and its lines."""


async def build_capsule(
    work: Work, before: IssueRecord, after: Issue, by: UserId, reason: str, note: str, called: Sequence[UserId]
) -> PostCapsule:
    """The capsule of an escalation.

    :param before: the issue as it was.
    :param after: what goes on: the same issue one tier up, or its child.
    """
    tx, issue = work.tx, before.issue
    names = await tx.principals.profiles([issue.guest])
    name = f"{names[issue.guest].display_name} ({issue.guest})" if issue.guest in names else issue.guest
    new_room = after.id != issue.id
    whom = "a supervisor" if after.wanted is Wanted.SUPERVISOR else str(after.tier)
    title = f"⬆️ Issue {issue.id} · {issue.subject} — escalated from {issue.tier} to {whom} by {by}"
    facts = [
        f"Guest: {name}" + (f", and {len(issue.companions)} more" if issue.companions else ""),
        f"Opened: {before.opened_at:%Y-%m-%d %H:%M} UTC · escalated: {work.now:%Y-%m-%d %H:%M} UTC",
        f"Reason: {reason or 'none was given'}",
        *((f"Note: {note}",) if note else ()),
        *((f"To be told at: {before.contact}",) if before.contact else ()),
        *((f"Before: issue {issue.id}, {link_to(issue.staff_room)}",) if new_room else ()),
    ]
    if after.assignee is not None:
        facts.append(f"{after.assignee} answers for it until one of you has written to the guest, or claimed it.")
    parts: list[Part] = [
        ("Facts", facts),
        ("Observations so far", await _load_answers(tx, issue.staff_room) or ["none"]),
        ("Open questions of the guest", await _load_open(work, before) or ["none"]),
    ]
    return PostCapsule(after.id, _build_text(title, parts), _build_html(title, parts), tuple(called))


async def _load_answers(tx: Transaction, room_id: RoomId | None) -> list[str]:
    """The robots' newest finished answers, the newest first."""
    found: list[str] = []
    for stored in reversed(await _load_events(tx, room_id)):
        event = stored.event
        if ANSWER_KEY not in event.content or edited_by(event) is not None:
            continue
        content = await tx.events.newest_content(event.event_id) or {}
        body = text_at(content, "body")
        if body and text_at(as_mapping(content.get(ANSWER_KEY)), "state") == "done":
            found.append(f"{event.sender}: {_cut(body)}")
        if len(found) == MOST_ANSWERS:
            break
    return found


async def _load_open(work: Work, record: IssueRecord) -> list[str]:
    """What the guest said since somebody last answered them, in order; what waits in the lobby last."""
    tx, issue = work.tx, record.issue
    directory = await tx.principals.directory()
    said: list[str] = []
    for stored in reversed(await _load_events(tx, issue.guest_room)):
        event = stored.event
        body = text_at(event.content, "body")
        if not body or edited_by(event) is not None or event.sender == directory.bot:
            continue
        if event.sender not in issue.everyone:
            break
        said.append(_cut(body))
    said.reverse()
    said += [_cut(words.body) for words in await tx.words.waiting(issue.id)]
    return said[-MOST_WORDS:]


async def _load_events(tx: Transaction, room_id: RoomId | None) -> Sequence[StoredEvent]:
    if room_id is None:
        return ()
    history = await tx.events.history(room_id, since=None, stretches=[(0, None)], limit=MOST_READ)
    return [stored for stored in history.events if stored.event.type == "m.room.message"]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _build_text(title: str, parts: Iterable[Part]) -> str:
    said = (f"{heading}:\n" + "\n".join(f"- {line}" for line in lines) for heading, lines in parts)
    return "\n\n".join((title, *said))


def _build_html(title: str, parts: Iterable[Part]) -> str:
    def listed(lines: Sequence[str]) -> str:
        return "".join(f"<li>{escape(line)}</li>" for line in lines)

    said = (f"<p><em>{escape(heading)}</em></p><ul>{listed(lines)}</ul>" for heading, lines in parts)
    return f"<p><strong>{escape(title)}</strong></p>{''.join(said)}"
