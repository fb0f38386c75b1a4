from __future__ import annotations

from collections.abc import Sequence

from bridge.ports import RoomRecord, Stretch
from bridge.store.database import SqlStore
from policies.names import IssueId, RoomId
from policies.rooms import Membership, RoomKind
from tests.bridge.store.rows import GINA, HUGO, ROOM, event

GUEST_ROOM = RoomRecord(ROOM, RoomKind.GUEST, IssueId("12"))
QUEUE = RoomRecord(RoomId("!queue"), RoomKind.QUEUE, None)


async def happen(store: SqlStore, *memberships: tuple[int, Membership]) -> None:
    for seq, membership in memberships:
        async with store.write() as tx:
            await tx.rooms.set_member(ROOM, GINA.user_id, membership, seq)


async def stretches(store: SqlStore) -> Sequence[Stretch]:
    async with store.read() as tx:
        return await tx.rooms.visible_stretches(ROOM, GINA.user_id)


async def test_a_room_is_known_once_added_and_adding_it_again_changes_nothing(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.rooms.add(GUEST_ROOM)
        await tx.rooms.add(QUEUE)
        await tx.rooms.add(GUEST_ROOM)
    async with store.read() as tx:
        assert await tx.rooms.load(ROOM) == GUEST_ROOM
        assert await tx.rooms.load(QUEUE.room_id) == QUEUE
        assert await tx.rooms.load(RoomId("!other")) is None


async def test_a_room_that_was_known_learns_its_issue_and_does_not_forget_it(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.rooms.add(RoomRecord(ROOM, RoomKind.GUEST, None))
        await tx.rooms.add(GUEST_ROOM)
        await tx.rooms.add(RoomRecord(ROOM, RoomKind.GUEST, None))
    async with store.read() as tx:
        assert await tx.rooms.load(ROOM) == GUEST_ROOM


async def test_somebody_a_room_never_heard_of_has_left(store: SqlStore) -> None:
    async with store.read() as tx:
        assert await tx.rooms.membership(ROOM, GINA.user_id) is Membership.LEAVE
        assert await tx.rooms.members(ROOM) == {}
    assert await stretches(store) == []


async def test_members_are_as_the_last_event_said(store: SqlStore) -> None:
    await happen(store, (1, Membership.INVITE), (2, Membership.JOIN))
    async with store.write() as tx:
        await tx.rooms.set_member(ROOM, HUGO.user_id, Membership.INVITE, 3)
    async with store.read() as tx:
        assert await tx.rooms.membership(ROOM, GINA.user_id) is Membership.JOIN
        assert await tx.rooms.members(ROOM) == {GINA.user_id: Membership.JOIN, HUGO.user_id: Membership.INVITE}


async def test_an_older_event_or_the_same_again_changes_nothing(store: SqlStore) -> None:
    await happen(store, (5, Membership.JOIN), (9, Membership.LEAVE), (5, Membership.JOIN), (9, Membership.LEAVE))
    assert await stretches(store) == [(5, 9)]
    async with store.read() as tx:
        assert await tx.rooms.membership(ROOM, GINA.user_id) is Membership.LEAVE


async def test_one_sees_from_ones_join_on(store: SqlStore) -> None:
    await happen(store, (3, Membership.INVITE), (4, Membership.JOIN))
    assert await stretches(store) == [(4, None)]


async def test_a_new_name_is_no_new_stay(store: SqlStore) -> None:
    await happen(store, (4, Membership.JOIN), (6, Membership.JOIN))
    assert await stretches(store) == [(4, None)]


async def test_who_was_removed_sees_up_to_then(store: SqlStore) -> None:
    await happen(store, (4, Membership.JOIN), (8, Membership.BAN), (9, Membership.LEAVE))
    assert await stretches(store) == [(4, 8)]


async def test_who_comes_back_does_not_see_what_was_said_without_them(store: SqlStore) -> None:
    await happen(store, (4, Membership.JOIN), (6, Membership.LEAVE), (8, Membership.INVITE), (10, Membership.JOIN))
    assert await stretches(store) == [(4, 6), (10, None)]
    await happen(store, (12, Membership.LEAVE))
    assert await stretches(store) == [(4, 6), (10, 12)]


async def test_an_invitation_alone_shows_nothing(store: SqlStore) -> None:
    await happen(store, (3, Membership.INVITE), (4, Membership.LEAVE))
    assert await stretches(store) == []


async def test_the_rooms_of_somebody_are_those_of_ours_they_are_in_or_invited_to(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.rooms.add(GUEST_ROOM)
        await tx.rooms.add(QUEUE)
        await tx.rooms.set_member(QUEUE.room_id, GINA.user_id, Membership.INVITE, 1)
        await tx.rooms.set_member(ROOM, GINA.user_id, Membership.JOIN, 2)
        await tx.rooms.set_member(RoomId("!unknown"), GINA.user_id, Membership.JOIN, 3)
    async with store.read() as tx:
        assert await tx.rooms.rooms_of(GINA.user_id) == [QUEUE, GUEST_ROOM]
        assert await tx.rooms.rooms_of(HUGO.user_id) == []


async def test_the_rooms_of_a_kind_are_all_of_that_kind(store: SqlStore) -> None:
    other = RoomRecord(RoomId("!another"), RoomKind.GUEST, None)
    async with store.write() as tx:
        for record in (GUEST_ROOM, QUEUE, other):
            await tx.rooms.add(record)
    async with store.read() as tx:
        assert await tx.rooms.of_kind(RoomKind.GUEST) == sorted([GUEST_ROOM, other], key=lambda room: room.room_id)
        assert await tx.rooms.of_kind(RoomKind.LOUNGE) == []


async def test_rooms_are_listed_by_kind_issue_and_name_from_where_one_was(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.rooms.add(GUEST_ROOM)
        await tx.rooms.add(QUEUE)
        await tx.rooms.set_name(ROOM, "12 · Export fails")
        everything = await tx.rooms.list()
        assert [room.room_id for room in everything] == sorted([ROOM, QUEUE.room_id])
        assert await tx.rooms.list(kind=RoomKind.QUEUE) == [QUEUE]
        assert await tx.rooms.list(issue_id=IssueId("12")) == [GUEST_ROOM]
        assert [room.name for room in await tx.rooms.list(text="export")] == ["12 · Export fails"]
        assert await tx.rooms.list(after=everything[0].room_id, limit=1) == everything[1:]


async def test_what_newcomers_see_is_what_the_room_says_last(store: SqlStore) -> None:
    async with store.write() as tx:
        assert await tx.rooms.shows_past(ROOM)
        assert not await tx.rooms.is_encrypted(ROOM)
        for number, visibility in enumerate(("joined", "shared", "invited")):
            content = {"history_visibility": visibility}
            told = event(f"$v{number}", content, event_type="m.room.history_visibility", state_key="")
            await tx.events.add([told])
            assert await tx.rooms.shows_past(ROOM) is (visibility == "shared")
        await tx.events.add([event("$e", {"algorithm": "x"}, event_type="m.room.encryption", state_key="")])
        assert await tx.rooms.is_encrypted(ROOM)
