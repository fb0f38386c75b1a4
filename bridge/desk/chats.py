"""Chats among staff and robots, opened through the bridge: rooms into which a supervisor can come, and nobody else.

POST /chats ─▶ may they? ─▶ kept (a direct chat that there is already is the same one) ─▶ outbox
            ─▶ room made under an alias ─▶ everybody let in ─▶ alias dropped
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import uuid4

from bridge.desk.audit import about_person
from bridge.desk.joining import Joiner
from bridge.desk.rooms import build_chat_room
from bridge.desk.work import WorkPlace
from bridge.ports import Chat, Homeserver, OutboxRow, RoomRecord, Store, Transaction
from policies.actions import OpenChat
from policies.chats import key_of_chat, may_open_chat
from policies.names import RoomAlias, ServerName, UserId
from policies.outcomes import Refuse
from policies.rooms import RoomKind

LANE_OF_CHATS: Final = "chat:"
Also = Callable[[Transaction, Chat], Awaitable[None]]


def lane_of_chat(chat_id: str) -> str:
    """What is done to one chat is done in order."""
    return f"{LANE_OF_CHATS}{chat_id}"


class Chats:
    """Opens them."""

    def __init__(self, place: WorkPlace) -> None:
        self._place = place

    async def open(
        self, actor: UserId, kind: RoomKind, others: Sequence[UserId], name: str = "", also: Also | None = None
    ) -> Chat | Refuse:
        """A chat, or the one that there is already. Whoever left it is let in again.

        :param also: what else is to be true at once.
        """
        others = [user_id for user_id in dict.fromkeys(others) if user_id != actor]
        async with self._place.begin() as work:
            directory = await work.tx.principals.directory()
            verdict = await work.ask(
                may_open_chat,
                actor,
                directory.who_is(actor),
                kind,
                [directory.who_is(other) for other in others],
                directory,
                about=about_person(actor),
            )
            if isinstance(verdict, Refuse):
                return verdict
            chat_id = uuid4().hex
            people = (actor, *others)
            profiles = await work.tx.principals.profiles(people)
            shown = name or " · ".join(profiles[u].display_name if u in profiles else u for u in people)
            shown = "Notes" if kind is RoomKind.SOLO and not name else shown
            key = key_of_chat(kind, actor, others, chat_id)
            chat = await work.tx.chats.add(Chat(chat_id, key, kind, shown, actor, work.now, people))
            await work.decide(lane_of_chat(chat.id), (OpenChat(chat.id),))
            if also is not None:
                await also(work.tx, chat)
            return chat

    async def list(self, user_id: UserId) -> list[Chat]:
        """Those that were opened for somebody, the newest first."""
        async with self._place.store.read() as tx:
            return [chat for chat in await tx.chats.list() if user_id in chat.people]

    async def is_settled(self, chat_id: str) -> bool:
        """Whether its room is there, and everybody in it."""
        async with self._place.store.read() as tx:
            return await tx.outbox.unfinished(lane_of_chat(chat_id)) == 0


class ChatOpener:
    """Performs `OpenChat`."""

    def __init__(self, store: Store, homeserver: Homeserver, joiner: Joiner, server_name: ServerName) -> None:
        self._store = store
        self._homeserver = homeserver
        self._joiner = joiner
        self._server_name = server_name

    async def perform(self, row: OutboxRow, action: OpenChat) -> None:
        """Make the room, and let everybody in."""
        async with self._store.read() as tx:
            chat = await tx.chats.load(action.chat_id)
            directory = await tx.principals.directory()
        assert chat is not None  # noqa: S101  # chats are never deleted, and the row names one
        alias = RoomAlias(f"#chaperone-{row.key}:{self._server_name}")
        room_id = chat.room_id
        if room_id is None:
            plan = build_chat_room(chat, alias)
            room_id = await self._homeserver.ensure_room(plan)
            async with self._store.write() as tx:
                await tx.chats.set_room(chat.id, room_id)
                await tx.rooms.add(RoomRecord(room_id, plan.kind, None, plan.name))
        for user_id in chat.people:
            person = directory.who_is(user_id)
            if person.is_staff or person.is_staff_robot:  # whoever ceased to be is let in nowhere
                await self._joiner.join(room_id, user_id, row.attempts)
        await self._homeserver.drop_alias(alias)
