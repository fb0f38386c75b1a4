"""Chats among staff: rooms of their own, for those for whom they were opened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.errors import MatrixRefused
from bridge.ports import Chat
from policies.names import Code, RoomId, Standing, UserId
from policies.outcomes import Refuse
from policies.rooms import RoomKind
from tests.bridge.desk.office import GINA, ROBOT, STAFF, Office, user
from tests.fakes.homeserver import BOT

ADA, AMY, BEN, SAM = user("ada"), user("amy"), user("ben"), user("sam")


async def opened(office: Office, kind: RoomKind, *others: UserId, by: UserId = ADA) -> RoomId:
    chat = await office.chats.open(by, kind, others)
    assert isinstance(chat, Chat)
    await office.settle()
    [now] = [one for one in await office.chats.list(by) if one.id == chat.id]
    assert now.room_id is not None
    return now.room_id


class TestRooms:
    async def test_both_are_in_a_direct_chat_and_nobody_else(self, office: Office) -> None:
        room = await opened(office, RoomKind.DIRECT, AMY)
        assert office.joined(room) == {BOT, ADA, AMY}
        facts = office.homeserver.facts(room)
        assert (facts.kind, facts.is_federated) == (RoomKind.DIRECT, False)

    async def test_neither_brings_in_another(self, office: Office) -> None:
        room = await opened(office, RoomKind.DIRECT, AMY)
        with pytest.raises(MatrixRefused, match="NOT_PERMITTED"):
            await office.act(ADA, room, "m.room.member", {"membership": "invite"}, BEN)

    async def test_opened_again_by_the_other_it_is_the_same_and_lets_back_in(self, office: Office) -> None:
        room = await opened(office, RoomKind.DIRECT, AMY)
        assert await office.leave(AMY, room)
        assert await opened(office, RoomKind.DIRECT, ADA, by=AMY) == room
        assert office.joined(room) == {BOT, ADA, AMY}

    async def test_a_robot_is_in_a_direct_chat_and_in_a_group(self, office: Office) -> None:
        assert office.joined(await opened(office, RoomKind.DIRECT, ROBOT)) == {BOT, ADA, ROBOT}
        assert office.joined(await opened(office, RoomKind.GROUP, AMY, ROBOT)) == {BOT, ADA, AMY, ROBOT}

    async def test_whoever_is_in_a_group_brings_in_others_of_the_staff_and_no_guest(self, office: Office) -> None:
        room = await opened(office, RoomKind.GROUP, AMY)
        await office.act(AMY, room, "m.room.member", {"membership": "invite"}, BEN)
        with pytest.raises(MatrixRefused, match="STAFF_ONLY"):
            await office.act(AMY, room, "m.room.member", {"membership": "invite"}, GINA.user_id)

    async def test_notes_to_oneself_have_one_reader(self, office: Office) -> None:
        room = await opened(office, RoomKind.SOLO)
        assert office.joined(room) == {BOT, ADA}
        assert await opened(office, RoomKind.SOLO) == room

    async def test_its_address_is_for_the_making_only(self, office: Office) -> None:
        room = await opened(office, RoomKind.DIRECT, AMY)
        assert room not in office.homeserver.aliases.values()

    async def test_it_is_made_once_however_often_the_answer_is_lost(self, office: Office) -> None:
        before = set(office.homeserver.rooms)
        chat = await office.chats.open(ADA, RoomKind.DIRECT, [AMY])
        assert isinstance(chat, Chat)
        for cut in range(4):
            office.homeserver.cut_after = cut
            await office.settle()
            office.homeserver.cut_after = None
        assert len(set(office.homeserver.rooms) - before) == 1

    async def test_whoever_ceased_to_be_staff_is_let_in_nowhere(self, office: Office) -> None:
        chat = await office.chats.open(ADA, RoomKind.GROUP, [AMY, BEN])
        assert isinstance(chat, Chat)
        amy = next(one for one in STAFF if one.user_id == AMY)
        async with office.store.write() as tx:
            await tx.principals.save(replace(amy, standing=Standing.SUSPENDED))
        await office.settle()
        [now] = await office.chats.list(ADA)
        assert office.joined(now.room_id) == {BOT, ADA, BEN}

    async def test_words_written_over_the_api_are_posted_there(self, office: Office) -> None:
        room = await opened(office, RoomKind.DIRECT, AMY)
        await office.desk.write(STAFF[0], room, "t1", "Lunch?")
        await office.settle()
        assert office.homeserver.bodies(room) == [(ADA, "Lunch?")]


class TestRefusals:
    async def test_a_guest_is_spoken_with_in_issues(self, office: Office) -> None:
        outcome = await office.chats.open(ADA, RoomKind.DIRECT, [GINA.user_id])
        assert isinstance(outcome, Refuse)
        assert outcome.code is Code.STAFF_ONLY

    async def test_with_oneself_there_is_no_direct_chat(self, office: Office) -> None:
        outcome = await office.chats.open(ADA, RoomKind.DIRECT, [ADA])
        assert isinstance(outcome, Refuse)
        assert outcome.code is Code.NOT_PERMITTED
