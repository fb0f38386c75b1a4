"""What the bridge says in rooms: cards in queues, the top of a staff room, notes, replies, and copies for guests.

Each posting has a transaction id derived from its row, so that saying it twice says it once; an older row than the
homeserver remembers is looked up in the room first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from bridge.desk.cards import (
    CLAIM,
    ESCALATE,
    RESOLVED,
    build_desk_card,
    build_edit,
    build_move_note,
    build_notice,
    build_queue_card,
    build_reaction,
    build_reply,
)
from bridge.desk.rooms import queue_alias
from bridge.desk.sharing import build_share_note, build_unshare_note
from bridge.errors import MatrixError, NotYet
from bridge.ports import Clock, Homeserver, IssueRecord, OutboxRow, Store
from policies import actions
from policies.issue import Issue, Side
from policies.names import WORDS_KEY, EventId, IssueId, RoomId, ServerName, Tier

SAID: Final = (
    actions.PostWords,
    actions.Tell,
    actions.TellQueue,
    actions.TellMove,
    actions.PostCapsule,
    actions.Reply,
    actions.Share,
    actions.Unshare,
)
"""What is said, and refused for good if it is refused as it is."""
LOST_AFTER: Final = 20
"""Attempts, half a minute in all."""
IDS_ARE_KEPT: Final = timedelta(hours=23)
"""Synapse forgets transaction ids after 24 hours; an older row is looked up in the room before it is sent again."""

Posting = (
    actions.ShowCard
    | actions.ShowDeskCard
    | actions.Tell
    | actions.TellQueue
    | actions.TellMove
    | actions.PostCapsule
    | actions.Reply
    | actions.Share
    | actions.Unshare
)


class Postings:
    """Says it."""

    def __init__(self, store: Store, homeserver: Homeserver, clock: Clock, server_name: ServerName) -> None:
        self._store = store
        self._homeserver = homeserver
        self._clock = clock
        self._server_name = server_name

    async def perform(self, row: OutboxRow, action: Posting) -> None:
        """Do it.

        :raises BridgeError: as the homeserver does, or NotYet.
        """
        match action:
            case actions.ShowCard():
                await self._show_card(row, action)
            case actions.ShowDeskCard():
                await self._show_desk_card(row, action)
            case actions.Tell():
                issue = (await self._load(action.issue_id)).issue
                content = build_notice(action.sentence, mentions=action.mentions)
                await self._send(row, room_of(issue, action.side), content)
            case actions.TellQueue():
                queue = await self._find_queue((await self._load(action.issue_id)).issue.tier)
                await self._send(row, queue, build_notice(action.sentence, mentions=action.mentions))
            case actions.TellMove():
                issue, child = [(await self._load(one)).issue for one in (action.issue_id, action.child)]
                await self._send(row, room_of(issue, Side.STAFF), build_move_note(child, action.by, action.reason))
            case actions.PostCapsule():
                issue = (await self._load(action.issue_id)).issue
                content = build_notice(action.text, action.html, action.mentions)
                await self._send(row, room_of(issue, Side.STAFF), content)
            case actions.Reply():
                await self._send(row, action.room_id, build_reply(action.to, action.sentence))
            case actions.Share():
                await self._share(row, action)
            case actions.Unshare():
                await self._unshare(row, action)

    async def _load(self, issue_id: IssueId) -> IssueRecord:
        async with self._store.read() as tx:
            record = await tx.issues.load(issue_id)
        assert record is not None  # noqa: S101  # issues are never deleted, and the row names one
        return record

    async def _find_queue(self, tier: Tier) -> RoomId:
        queue = await self._homeserver.find_room(queue_alias(tier, self._server_name))
        if queue is None:
            raise NotYet(f"there is no queue room for {tier}")
        return queue

    async def _send(self, row: OutboxRow, room_id: RoomId, content: dict[str, Any], part: str = "0") -> EventId:
        """A message of the bridge, once. `part` tells several of one row apart."""
        if self._clock.now() - row.created_at > IDS_ARE_KEPT:
            found = await self._homeserver.find_sent(room_id, None, WORDS_KEY, f"{row.key}.{part}")
            if found is not None:
                return found
        return await self._homeserver.send(
            room_id, "m.room.message", {**content, WORDS_KEY: f"{row.key}.{part}"}, f"{row.key}.{part}"
        )

    async def _show_card(self, row: OutboxRow, action: actions.ShowCard) -> None:
        record = await self._load(action.issue_id)
        queue = await self._find_queue(record.issue.tier)
        content = build_queue_card(record)
        hangs_in = None if record.card is None else await self._find_room_of(record.card, row.attempts)
        if record.card is not None and hangs_in == queue and not action.anew:
            await self._send(row, queue, build_edit(record.card, content))
            return
        card = await self._send(row, queue, content)
        await self._react(row, queue, card, CLAIM)
        if record.card not in (None, card) and hangs_in is not None:
            await self._homeserver.redact(hangs_in, record.card, f"{row.key}.old")
        async with self._store.write() as tx:
            await tx.issues.save_cards(action.issue_id, card=card)

    async def _find_room_of(self, event_id: EventId, attempts: int) -> RoomId | None:
        """Where one of our messages is: an issue's card hangs in the queue of the tier that it had.

        :raises NotYet: for a while, if we were not told of it yet. After that it counts as lost.
        """
        async with self._store.read() as tx:
            stored = await tx.events.load(event_id)
        if stored is None and attempts < LOST_AFTER:
            raise NotYet(f"we were not told of {event_id} yet")
        return None if stored is None else stored.event.room_id

    async def _show_desk_card(self, row: OutboxRow, action: actions.ShowDeskCard) -> None:
        record = await self._load(action.issue_id)
        room_id = room_of(record.issue, Side.STAFF)
        card = await self._send(row, room_id, build_desk_card(record))
        await self._react(row, room_id, card, RESOLVED)
        await self._react(row, room_id, card, ESCALATE, "escalate")
        async with self._store.write() as tx:
            await tx.issues.save_cards(action.issue_id, desk_card=card)

    async def _react(self, row: OutboxRow, room_id: RoomId, to: EventId, key: str, part: str = "reaction") -> None:
        await self._homeserver.send(room_id, "m.reaction", build_reaction(to, key), f"{row.key}.{part}")

    async def _share(self, row: OutboxRow, action: actions.Share) -> None:
        issue = (await self._load(action.issue_id)).issue
        content = dict(action.content)
        uri = content.get("url")
        if isinstance(uri, str):
            content["url"] = await self._homeserver.copy_media(uri, str(content.get("filename") or content["body"]))
        copy = await self._send(row, room_of(issue, Side.GUEST), content, "copy")
        async with self._store.write() as tx:
            await tx.shares.copied(action.share_id, copy)
        note = build_share_note(action, row.created_at.isoformat(timespec="seconds"))
        await self._send(row, room_of(issue, Side.STAFF), note, "note")

    async def _unshare(self, row: OutboxRow, action: actions.Unshare) -> None:
        issue = (await self._load(action.issue_id)).issue
        async with self._store.read() as tx:
            share = await tx.shares.load(action.share_id)
        assert share is not None  # noqa: S101  # shares are never deleted, and the row names one
        if share.copy is not None:  # else the copy was refused, and never there
            await self._homeserver.redact(room_of(issue, Side.GUEST), share.copy, f"{row.key}.copy")
        await self._send(row, room_of(issue, Side.STAFF), build_unshare_note(action, share.source), "note")


def room_if_made(issue: Issue, side: Side) -> RoomId | None:
    """One of an issue's rooms; None while there is none."""
    return issue.guest_room if side is Side.GUEST else issue.staff_room


def room_of(issue: Issue, side: Side) -> RoomId:
    """One of an issue's rooms.

    :raises NotYet: while there is none.
    """
    room_id = room_if_made(issue, side)
    if room_id is None:
        raise NotYet(f"issue {issue.id} has no {side} room yet")
    return room_id


def is_final(fault: MatrixError, action: actions.Action) -> bool:
    """Whether trying again cannot help: what is said was refused as it is. Memberships and rooms may yet change."""
    return isinstance(action, SAID) and fault.status in {400, 403, 404, 413}
