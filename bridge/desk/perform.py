"""Doing to the world what was decided: one method an action, each safe to repeat.

    outbox row ─▶ perform ─▶ done
                    ├─ NotYet, HomeserverAway, 429, 5xx: the row is deferred, its lane waits
                    └─ refused for good: the row is dropped and said so; its lane goes on

What has a transaction id uses one derived from the row (or, for words, from the words, which may be decided twice).
What has none looks first whether it was done: rooms by their alias, memberships by the room's members.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
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
from bridge.desk.chats import ChatOpener
from bridge.desk.clearing import Clearing
from bridge.desk.cover_search import CoverSearch
from bridge.desk.entering import Entering
from bridge.desk.guest_door import GuestDoor
from bridge.desk.joining import Joiner
from bridge.desk.moves import Moves
from bridge.desk.roll import Roll
from bridge.desk.rooms import build_issue_room, queue_alias
from bridge.desk.sharing import build_share_note, build_unshare_note
from bridge.desk.spaces import Spaces
from bridge.errors import MatrixError, NotYet
from bridge.ports import (
    Clock,
    Homeserver,
    IssueRecord,
    Notices,
    OutboxRow,
    RoomRecord,
    Store,
    Words,
    WordsId,
    WordsPlaced,
)
from policies import actions
from policies.issue import Issue, Side, Status, build_issue_state
from policies.names import (
    ISSUE_STATE,
    WORDS_KEY,
    EventId,
    IssueId,
    RoomAlias,
    RoomId,
    ServerName,
    UserId,
)
from policies.rooms import Membership, RoomKind, build_power_levels

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
IDS_ARE_KEPT: Final = timedelta(hours=23)
"""Synapse forgets transaction ids after 24 hours; an older row is looked up in the room before it is sent again."""


class Performer:
    """The one who acts."""

    def __init__(
        self,
        store: Store,
        homeserver: Homeserver,
        notices: Notices,
        clock: Clock,
        server_name: ServerName,
        joiner: Joiner,
        roll: Roll,
        capacity: int | None = None,
    ) -> None:
        self._joiner = joiner
        self._roll = roll
        self._search = CoverSearch(store, homeserver, joiner, capacity)
        self._door = GuestDoor(store, homeserver, notices, joiner)
        self._moves = Moves(store, joiner)
        self._spaces = Spaces(store, homeserver, server_name)
        self._clearing = Clearing(store, homeserver)
        self._entering = Entering(store, homeserver, joiner)
        self._chats = ChatOpener(store, homeserver, joiner, server_name)
        self._store = store
        self._homeserver = homeserver
        self._notices = notices
        self._clock = clock
        self._server_name = server_name

    async def perform(self, row: OutboxRow, action: actions.Action) -> None:
        """Do it.

        :raises BridgeError: as the homeserver does, or NotYet.
        """
        match action:
            case actions.PrepareGhost():
                await self._homeserver.ensure_ghost(action.guest, await self._shown_name(action.guest))
            case actions.ShowName():
                await self._show_name(action.user_id)
            case actions.ShowPicture():
                await self._show_picture(action.user_id)
            case (
                actions.EndSessions()
                | actions.AwaitRelief()
                | actions.TakeOut()
                | actions.ListPerson()
                | actions.KeepAccount()
                | actions.Seat()
            ):
                await self._roll.perform(row, action)
            case actions.MakeRoom():
                await self._make_room(row, action)
            case actions.LetIn():
                await self._let_in(row, action)
            case actions.SendAway():
                await self._send_away(action)
            case actions.BringInGuest():
                await self._door.bring_in(row, action)
            case actions.InviteGuest():
                await self._door.invite(row, action)
            case actions.FindCover():
                await self._search.perform(row, action)
            case actions.CallIn():
                await self._moves.call_in(row, action)
            case actions.AwaitMove():
                await self._moves.await_move(action)
            case actions.RemoveGuest():
                await self._door.remove(action)
            case actions.PostWords():
                await self._post_words(row, action)
            case actions.PublishIssue():
                await self._publish_issue(action)
            case actions.SetVoices():
                await self._set_voices(action)
            case actions.ShowCard():
                await self._show_card(row, action)
            case actions.ShowDeskCard():
                await self._show_desk_card(row, action)
            case actions.PlaceInSpace():
                await self._spaces.place(action.issue_id)
            case actions.ClearRooms():
                await self._clearing.perform(action)
            case actions.Enter():
                await self._entering.enter(row, action)
            case actions.StepIn():
                await self._entering.step_in(row, action)
            case actions.OpenChat():
                await self._chats.perform(row, action)
            case actions.Tell():
                record = await self._load(action.issue_id)
                content = build_notice(action.sentence, mentions=action.mentions)
                await self._send(row, _room_of(record.issue, action.side), content)
            case actions.TellQueue() | actions.TellMove() | actions.PostCapsule():
                await self._tell(row, action)
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

    async def _shown_name(self, user_id: UserId) -> str:
        async with self._store.read() as tx:
            profiles = await tx.principals.profiles([user_id])
        return profiles[user_id].display_name if user_id in profiles else user_id

    async def _show_name(self, user_id: UserId) -> None:
        async with self._store.read() as tx:
            person = (await tx.principals.directory()).who_is(user_id)
        if person.is_guest:
            await self._homeserver.ensure_ghost(user_id, await self._shown_name(user_id))
        elif person.is_active:  # whoever is not is locked, in their own time
            await self._roll.keep_account(user_id, locked=False)

    async def _show_picture(self, user_id: UserId) -> None:
        async with self._store.read() as tx:
            person = (await tx.principals.directory()).who_is(user_id)
            profile = (await tx.principals.profiles([user_id])).get(user_id)
        if person.is_guest:
            await self._homeserver.ensure_ghost(user_id, await self._shown_name(user_id))
        if person.is_active and profile is not None:
            await self._homeserver.set_avatar(user_id, profile.avatar)

    async def _send(self, row: OutboxRow, room_id: RoomId, content: dict[str, Any], part: str = "0") -> EventId:
        """A message of the bridge, once. `part` tells several of one row apart."""
        if self._clock.now() - row.created_at > IDS_ARE_KEPT:
            found = await self._homeserver.find_sent(room_id, None, WORDS_KEY, f"{row.key}.{part}")
            if found is not None:
                return found
        return await self._homeserver.send(
            room_id, "m.room.message", {**content, WORDS_KEY: f"{row.key}.{part}"}, f"{row.key}.{part}"
        )

    async def _make_room(self, row: OutboxRow, action: actions.MakeRoom) -> None:
        issue_id, side = action.issue.id, action.side
        alias = RoomAlias(f"#chaperone-{row.key}:{self._server_name}")
        record = await self._load(issue_id)
        if _room_if_made(record.issue, side) is None:
            issue = replace(action.issue, guest_room=record.issue.guest_room)
            policy_server = await self._homeserver.load_policy_server() if side is Side.GUEST else None
            plan = build_issue_room(issue, side, alias, policy_server)
            room_id = await self._homeserver.ensure_room(plan)
            async with self._store.write() as tx:
                now = await tx.issues.load(issue_id)
                assert now is not None  # noqa: S101  # as in _load
                made = (
                    replace(now.issue, guest_room=room_id)
                    if side is Side.GUEST
                    else replace(now.issue, staff_room=room_id)
                )
                await tx.issues.save(made)
                await tx.rooms.add(RoomRecord(room_id, plan.kind, issue_id))
        await self._homeserver.drop_alias(alias)

    async def _let_in(self, row: OutboxRow, action: actions.LetIn) -> None:
        record = await self._load(action.issue_id)
        async with self._store.read() as tx:
            person = (await tx.principals.directory()).who_is(action.user_id)
        if person.is_staff or person.is_staff_robot:  # whoever ceased to be is let in nowhere, and holds up nobody
            await self._joiner.join(_room_of(record.issue, action.side), action.user_id, row.attempts)

    async def _send_away(self, action: actions.SendAway) -> None:
        room_id = _room_of((await self._load(action.issue_id)).issue, Side.STAFF)
        if await self._homeserver.load_membership(room_id, action.user_id) in (Membership.JOIN, Membership.INVITE):
            await self._homeserver.remove(room_id, action.user_id, "Sent away by the staff.")

    async def _post_words(self, row: OutboxRow, action: actions.PostWords) -> None:
        async with self._store.read() as tx:
            words = await tx.words.load(WordsId(action.words_id))
        assert words is not None  # noqa: S101  # words are never deleted, and the row names them
        if words.event_id is not None:
            return
        if words.issue_id is not None and words.place.startswith("lobby:"):
            issue = (await self._load(words.issue_id)).issue
            if issue.status is Status.QUEUED:
                return  # it went back to the lobby, and so did they: the next claim posts them
            room_id = _room_of(issue, Side.GUEST)
            if words.sender in issue.companions:
                await self._door.await_companion(issue, words.sender)
        else:
            room_id = RoomId(words.place)
        event_id = None
        if self._clock.now() - row.created_at > IDS_ARE_KEPT:
            event_id = await self._homeserver.find_sent(room_id, words.sender, WORDS_KEY, words.id)
        if event_id is None:
            event_id = await self._homeserver.send(
                room_id, "m.room.message", build_words(words), f"words.{words.id}", words.sender
            )
        async with self._store.write() as tx:
            await tx.words.place(words.id, event_id)
        self._notices.publish(WordsPlaced(replace(words, event_id=event_id)))

    async def _publish_issue(self, action: actions.PublishIssue) -> None:
        rooms = (await self._load(action.issue.id)).issue
        issue = replace(action.issue, guest_room=rooms.guest_room, staff_room=rooms.staff_room)
        for side in Side:
            await self._homeserver.set_state(_room_of(issue, side), ISSUE_STATE, "", build_issue_state(issue, side))

    async def _set_voices(self, action: actions.SetVoices) -> None:
        issue = (await self._load(action.issue_id)).issue
        async with self._store.read() as tx:
            directory = await tx.principals.directory()
        for side, kind in ((Side.GUEST, RoomKind.GUEST), (Side.STAFF, RoomKind.STAFF)):
            room_id = _room_of(issue, side)
            members = await self._homeserver.load_members(room_id)
            joined = [u for u, membership in members.items() if membership is Membership.JOIN]
            # what people of other servers do to a room's members nobody can refuse but power levels (rule F1)
            staff = [u for u in joined if directory.who_is(u).is_staff and directory.is_local(u)]
            muted = [] if action.guest_may_write else [u for u in joined if directory.who_is(u).is_guest]
            levels = build_power_levels(kind, staff, muted)
            await self._homeserver.set_state(room_id, "m.room.power_levels", "", levels)

    async def _show_card(self, row: OutboxRow, action: actions.ShowCard) -> None:
        record = await self._load(action.issue_id)
        queue = await self._homeserver.find_room(queue_alias(record.issue.tier, self._server_name))
        if queue is None:
            raise NotYet(f"there is no queue room for {record.issue.tier}")
        content = build_queue_card(record)
        hangs_in = None if record.card is None else await self._room_of_event(record.card)
        if record.card is not None and hangs_in == queue and not action.anew:
            await self._send(row, queue, build_edit(record.card, content))
            return
        card = await self._send(row, queue, content)
        await self._react(row, queue, card, CLAIM)
        if record.card not in (None, card) and hangs_in is not None:
            await self._homeserver.redact(hangs_in, record.card, f"{row.key}.old")
        async with self._store.write() as tx:
            await tx.issues.save_cards(action.issue_id, card=card)

    async def _room_of_event(self, event_id: EventId) -> RoomId:
        """Where one of our messages is: an issue's card hangs in the queue of the tier that it had."""
        async with self._store.read() as tx:
            stored = await tx.events.load(event_id)
        if stored is None:
            raise NotYet(f"we were not told of {event_id} yet")
        return stored.event.room_id

    async def _tell(self, row: OutboxRow, action: actions.TellQueue | actions.TellMove | actions.PostCapsule) -> None:
        """What is said about an issue, beside the conversation."""
        issue = (await self._load(action.issue_id)).issue
        match action:
            case actions.TellQueue():
                queue = await self._homeserver.find_room(queue_alias(issue.tier, self._server_name))
                if queue is None:
                    raise NotYet(f"there is no queue room for {issue.tier}")
                await self._send(row, queue, build_notice(action.sentence, mentions=action.mentions))
            case actions.TellMove():
                room_id = _room_of(issue, Side.STAFF)
                child = (await self._load(action.child)).issue
                await self._send(row, room_id, build_move_note(child, action.by, action.reason))
            case actions.PostCapsule():
                room_id = _room_of(issue, Side.STAFF)
                await self._send(row, room_id, build_notice(action.text, action.html, action.mentions))

    async def _show_desk_card(self, row: OutboxRow, action: actions.ShowDeskCard) -> None:
        record = await self._load(action.issue_id)
        room_id = _room_of(record.issue, Side.STAFF)
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
        copy = await self._send(row, _room_of(issue, Side.GUEST), content, "copy")
        async with self._store.write() as tx:
            await tx.shares.copied(action.share_id, copy)
        note = build_share_note(action, row.created_at.isoformat(timespec="seconds"))
        await self._send(row, _room_of(issue, Side.STAFF), note, "note")

    async def _unshare(self, row: OutboxRow, action: actions.Unshare) -> None:
        issue = (await self._load(action.issue_id)).issue
        async with self._store.read() as tx:
            share = await tx.shares.load(action.share_id)
        assert share is not None  # noqa: S101  # shares are never deleted, and the row names one
        if share.copy is not None:  # else the copy was refused, and never there
            await self._homeserver.redact(_room_of(issue, Side.GUEST), share.copy, f"{row.key}.copy")
        await self._send(row, _room_of(issue, Side.STAFF), build_unshare_note(action, share.source), "note")


def build_words(words: Words) -> dict[str, Any]:
    """A guest's or employee's words as a message. Text is text: no markup is read into it, nobody is pinged by it."""
    content: dict[str, Any] = {"msgtype": "m.text", "body": words.body, "m.mentions": {}, WORDS_KEY: words.id}
    if words.reply_to is not None:
        content["m.relates_to"] = {"m.in_reply_to": {"event_id": words.reply_to}}
    return content


def _room_if_made(issue: Issue, side: Side) -> RoomId | None:
    return issue.guest_room if side is Side.GUEST else issue.staff_room


def _room_of(issue: Issue, side: Side) -> RoomId:
    room_id = _room_if_made(issue, side)
    if room_id is None:
        raise NotYet(f"issue {issue.id} has no {side} room yet")
    return room_id


def is_final(fault: MatrixError, action: actions.Action) -> bool:
    """Whether trying again cannot help: what is said was refused as it is. Memberships and rooms may yet change."""
    return isinstance(action, SAID) and fault.status in {400, 403, 404, 413}


Perform = Callable[[OutboxRow, actions.Action], Awaitable[None]]
