"""Doing to the world what was decided: one method an action, each safe to repeat.

    outbox row ─▶ perform ─▶ done
                    ├─ NotYet, HomeserverAway, 429, 5xx: the row is deferred, its lane waits
                    └─ refused for good: the row is dropped and said so; its lane goes on

What the bridge says is said by `Postings`. What has a transaction id uses one derived from the row (or, for words, from
the words, which may be decided twice).
What has none looks first whether it was done: rooms by their alias, memberships by the room's members.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bridge.desk.chats import ChatOpener
from bridge.desk.clearing import Clearing
from bridge.desk.cover_search import CoverSearch
from bridge.desk.entering import Entering
from bridge.desk.guest_door import GuestDoor
from bridge.desk.joining import Joiner
from bridge.desk.moves import Moves
from bridge.desk.postings import IDS_ARE_KEPT, Postings, room_if_made, room_of
from bridge.desk.roll import Roll
from bridge.desk.rooms import build_issue_room
from bridge.desk.spaces import Spaces
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
from policies.issue import Side, Status, build_issue_state
from policies.names import (
    ISSUE_STATE,
    WORDS_KEY,
    IssueId,
    RoomAlias,
    RoomId,
    ServerName,
    UserId,
)
from policies.rooms import Membership, RoomKind, build_power_levels


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
        self._postings = Postings(store, homeserver, clock, server_name)
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
            case (
                actions.ShowCard()
                | actions.ShowDeskCard()
                | actions.Tell()
                | actions.TellQueue()
                | actions.TellMove()
                | actions.PostCapsule()
                | actions.Reply()
                | actions.Share()
                | actions.Unshare()
            ):
                await self._postings.perform(row, action)

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

    async def _make_room(self, row: OutboxRow, action: actions.MakeRoom) -> None:
        issue_id, side = action.issue.id, action.side
        alias = RoomAlias(f"#chaperone-{row.key}:{self._server_name}")
        record = await self._load(issue_id)
        if room_if_made(record.issue, side) is None:
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
            await self._joiner.join(room_of(record.issue, action.side), action.user_id, row.attempts)

    async def _send_away(self, action: actions.SendAway) -> None:
        room_id = room_of((await self._load(action.issue_id)).issue, Side.STAFF)
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
            room_id = room_of(issue, Side.GUEST)
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
            await self._homeserver.set_state(room_of(issue, side), ISSUE_STATE, "", build_issue_state(issue, side))

    async def _set_voices(self, action: actions.SetVoices) -> None:
        issue = (await self._load(action.issue_id)).issue
        async with self._store.read() as tx:
            directory = await tx.principals.directory()
        for side, kind in ((Side.GUEST, RoomKind.GUEST), (Side.STAFF, RoomKind.STAFF)):
            room_id = room_of(issue, side)
            members = await self._homeserver.load_members(room_id)
            joined = [u for u, membership in members.items() if membership is Membership.JOIN]
            # what people of other servers do to a room's members nobody can refuse but power levels (rule F1)
            staff = [u for u in joined if directory.who_is(u).is_staff and directory.is_local(u)]
            muted = [] if action.guest_may_write else [u for u in joined if directory.who_is(u).is_guest]
            levels = build_power_levels(kind, staff, muted)
            await self._homeserver.set_state(room_id, "m.room.power_levels", "", levels)


def build_words(words: Words) -> dict[str, Any]:
    """A guest's or employee's words as a message. Text is text: no markup is read into it, nobody is pinged by it."""
    content: dict[str, Any] = {"msgtype": "m.text", "body": words.body, "m.mentions": {}, WORDS_KEY: words.id}
    if words.reply_to is not None:
        content["m.relates_to"] = {"m.in_reply_to": {"event_id": words.reply_to}}
    return content


Perform = Callable[[OutboxRow, actions.Action], Awaitable[None]]
