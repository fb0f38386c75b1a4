"""Chats among staff that were opened through the bridge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.errors import Unknown
from bridge.ports import Chat
from bridge.store.engines import insert_new
from bridge.store.tables import chats
from policies.names import RoomId, UserId


class SqlChats:
    """Implements `bridge.ports.Chats`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, chat: Chat) -> Chat:
        values = {
            "id": chat.id,
            "key": chat.key,
            "kind": chat.kind,
            "name": chat.name,
            "opened_by": chat.opened_by,
            "opened_at": chat.opened_at,
            "people": " ".join(chat.people),
            "room_id": chat.room_id,
        }
        if await insert_new(self._connection, chats, values, (chats.c.key,)):
            return chat
        return _chat((await self._connection.execute(select(chats).where(chats.c.key == chat.key))).one())

    async def load(self, chat_id: str) -> Chat | None:
        row = (await self._connection.execute(select(chats).where(chats.c.id == chat_id))).one_or_none()
        return None if row is None else _chat(row)

    async def set_room(self, chat_id: str, room_id: RoomId) -> None:
        statement = update(chats).where(chats.c.id == chat_id).values(room_id=room_id)
        if not (await self._connection.execute(statement)).rowcount:
            raise Unknown("chat", chat_id)

    async def list(self) -> Sequence[Chat]:
        query = select(chats).order_by(chats.c.opened_at.desc(), chats.c.id)
        return [_chat(row) for row in await self._connection.execute(query)]


def _chat(row: Row[Any]) -> Chat:
    return Chat(
        id=row.id,
        key=row.key,
        kind=row.kind,
        name=row.name,
        opened_by=UserId(row.opened_by),
        opened_at=row.opened_at,
        people=tuple(UserId(user_id) for user_id in row.people.split()),
        room_id=None if row.room_id is None else RoomId(row.room_id),
    )
