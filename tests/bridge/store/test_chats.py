from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.errors import Unknown
from bridge.ports import Chat
from bridge.store.database import SqlStore
from policies.names import RoomId, UserId
from policies.rooms import RoomKind
from tests.bridge.store.rows import NOW, later

ADA, BEN = UserId("@ada:localhost"), UserId("@ben:localhost")
CHAT = Chat("c1", "direct @ada @ben", RoomKind.DIRECT, "Ada · Ben", ADA, NOW, (ADA, BEN))


async def test_of_one_key_there_is_one_chat(store: SqlStore) -> None:
    async with store.write() as tx:
        assert await tx.chats.add(CHAT) == CHAT
        assert await tx.chats.add(replace(CHAT, id="c2", opened_by=BEN)) == CHAT
        assert await tx.chats.load("c2") is None


async def test_it_learns_its_room(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.chats.add(CHAT)
        await tx.chats.set_room("c1", RoomId("!chat"))
        assert await tx.chats.load("c1") == replace(CHAT, room_id=RoomId("!chat"))
        with pytest.raises(Unknown):
            await tx.chats.set_room("c9", RoomId("!other"))


async def test_the_newest_comes_first(store: SqlStore) -> None:
    newer = replace(CHAT, id="c2", key="group c2", kind=RoomKind.GROUP, opened_at=later(1))
    async with store.write() as tx:
        await tx.chats.add(CHAT)
        await tx.chats.add(newer)
        assert await tx.chats.list() == [newer, CHAT]
