"""Chats among staff and with robots: `/chats`."""

from __future__ import annotations

import asyncio
from typing import Final

from bridge.api.answers import ChatsView, ChatView
from bridge.api.authority import Who
from bridge.api.bodies import ChatBody, NoQuery
from bridge.api.errors import Errcode
from bridge.api.pace import check_message
from bridge.api.routes import V1, AnyRoute, Call, Route
from bridge.desk.chats import lane_of_chat
from bridge.desk.commands import parse_user
from bridge.ports import Chat, Transaction
from policies.names import Code
from policies.outcomes import Refuse
from policies.rooms import RoomKind

BETWEEN_LOOKS: Final = 0.05


async def build_chat_view(tx: Transaction, chat: Chat) -> ChatView:
    """A chat, and how far its room is."""
    return ChatView(
        id=chat.id,
        kind=chat.kind,
        name=chat.name,
        people=list(chat.people),
        room_id=chat.room_id,
        opened_at=chat.opened_at,
        state="pending" if await tx.outbox.unfinished(lane_of_chat(chat.id)) else "settled",
    )


async def open_chat(call: Call[ChatBody]) -> ChatView | Refuse:
    """POST /chats."""
    asked, services = call.asked, call.services
    check_message(services.pace, call.principal)

    async def keep(tx: Transaction, chat: Chat) -> None:
        await call.keep(tx, await build_chat_view(tx, chat))

    others = [parse_user(name, services.settings.matrix.server) for name in (*asked.people, *asked.robots)]
    chat = await services.floor.chats.open(call.principal.user_id, RoomKind(asked.kind), others, asked.name, keep)
    if isinstance(chat, Refuse):
        return chat
    loop = asyncio.get_running_loop()
    ends = loop.time() + services.settings.accounts.change_within_seconds
    while not await services.floor.chats.is_settled(chat.id):
        if loop.time() >= ends:
            break
        await asyncio.sleep(BETWEEN_LOOKS)
    async with services.store.read() as tx:
        return await build_chat_view(tx, await tx.chats.load(chat.id) or chat)


async def list_chats(call: Call[NoQuery]) -> ChatsView:
    """GET /chats."""
    chats = await call.services.floor.chats.list(call.principal.user_id)
    async with call.services.store.read() as tx:
        return ChatsView(chats=[await build_chat_view(tx, chat) for chat in chats])


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="POST",
        path=f"{V1}/chats",
        who=Who.STAFF,
        summary="Open a direct chat, a group, or notes to oneself; two people have one direct chat",
        takes=ChatBody,
        gives=ChatView,
        handle=open_chat,
        errors=(Code.STAFF_ONLY, Code.NOT_PERMITTED, Code.LOCAL_ONLY, Errcode.LIMIT_EXCEEDED),
        status=201,
    ),
    Route(
        method="GET",
        path=f"{V1}/chats",
        who=Who.STAFF,
        summary="The chats that were opened for whoever asks",
        takes=NoQuery,
        gives=ChatsView,
        handle=list_chats,
    ),
)
