from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bridge.ports import History, IncomingEvent, StoredEvent
from bridge.store.database import SqlStore
from policies.names import EventId, RoomId
from tests.bridge.store.rows import HUGO, ROOM, edit, event, redaction


async def add(store: SqlStore, *events: IncomingEvent) -> Sequence[StoredEvent]:
    async with store.write() as tx:
        return await tx.events.add(events)


async def content_of(store: SqlStore, event_id: str) -> Any:
    async with store.read() as tx:
        stored = await tx.events.load(EventId(event_id))
    return None if stored is None else stored.event.content


async def newest(store: SqlStore, event_id: str) -> Any:
    async with store.read() as tx:
        return await tx.events.newest_content(EventId(event_id))


async def history(
    store: SqlStore, since: int | None = None, first: int = 0, last: int | None = None, limit: int = 100
) -> tuple[list[str], History]:
    async with store.read() as tx:
        shown = await tx.events.history(ROOM, since=since, stretches=[(first, last)], limit=limit)
    return [stored.event.event_id for stored in shown.events], shown


async def test_events_are_kept_as_they_were_in_order(store: SqlStore) -> None:
    events = [
        event("$1", {"body": "Grüße 👋", "deep": {"list": [1, None, True]}}),
        event("$2", {"membership": "join"}, event_type="m.room.member", state_key="@a:b"),
        event("$3", {}, event_type="m.room.topic", state_key=""),
        redaction("$4", "$0"),
    ]
    stored = await add(store, *events)
    assert [s.event for s in stored] == events
    assert [s.seq for s in stored] == sorted({s.seq for s in stored})
    async with store.read() as tx:
        assert await tx.events.load(EventId("$2")) == stored[1]
        assert await tx.events.load(EventId("$9")) is None


async def test_an_event_comes_once_whatever_brings_it(store: SqlStore) -> None:
    await add(store, event("$1"), event("$1"))
    stored = await add(store, event("$1", {"body": "forged"}), event("$2"))
    assert [s.event.event_id for s in stored] == ["$2"]
    assert (await content_of(store, "$1"))["body"] == "$1"
    assert await add(store, event("$1")) == ()


async def test_an_odd_event_does_not_keep_its_neighbours_out(store: SqlStore) -> None:
    odd = event("$odd\x00\ud800", {"body": "\x00\ud800", "n": 2**80}, event_type="\ud800", state_key="\x00")
    stored = await add(store, event("$1"), odd, event("$2"))
    assert [s.event.event_id for s in stored] == ["$1", "$odd\ufffd?", "$2"]
    assert stored[1].event.content == odd.content


async def test_history_is_the_newest_of_a_room_oldest_first(store: SqlStore) -> None:
    stored = await add(store, *(event(f"${n}") for n in range(5)), event("$other", room=RoomId("!other")))
    ids, shown = await history(store, limit=3)
    assert ids == ["$2", "$3", "$4"]
    assert (shown.cursor, shown.complete) == (stored[4].seq, False)
    ids, shown = await history(store, limit=5)
    assert (len(ids), shown.complete) == (5, True)


async def test_history_since_a_cursor_has_neither_gap_nor_repeat(store: SqlStore) -> None:
    await add(store, event("$1"), event("$elsewhere", room=RoomId("!other")), event("$2"))
    _, before = await history(store)
    ids, shown = await history(store, since=before.cursor)
    assert (ids, shown.cursor, shown.complete) == ([], before.cursor, True)
    await add(store, event("$3"), event("$elsewhere2", room=RoomId("!other")), event("$4"))
    ids, shown = await history(store, since=before.cursor)
    assert (ids, shown.complete) == (["$3", "$4"], True)


async def test_history_says_when_the_cursor_is_too_old_to_go_on_from(store: SqlStore) -> None:
    stored = await add(store, *(event(f"${n}") for n in range(6)))
    ids, shown = await history(store, since=stored[0].seq, limit=4)
    assert (ids, shown.complete) == (["$2", "$3", "$4", "$5"], False)
    ids, shown = await history(store, since=stored[1].seq, limit=4)
    assert (ids, shown.complete) == (["$2", "$3", "$4", "$5"], True)


async def test_history_keeps_within_the_places_one_may_see(store: SqlStore) -> None:
    seqs = [s.seq for s in await add(store, *(event(f"${n}") for n in range(6)))]
    ids, shown = await history(store, first=seqs[1], last=seqs[4])
    assert (ids, shown.cursor, shown.complete) == (["$1", "$2", "$3", "$4"], seqs[4], True)
    assert (await history(store, since=seqs[0] - 5, first=seqs[4]))[0] == ["$4", "$5"]


async def test_history_leaves_out_what_was_said_between_two_stays(store: SqlStore) -> None:
    seqs = [s.seq for s in await add(store, *(event(f"${n}") for n in range(6)))]
    stretches = [(seqs[0], seqs[1]), (seqs[4], None)]
    async with store.read() as tx:
        shown = await tx.events.history(ROOM, since=None, stretches=stretches, limit=10)
        nothing = await tx.events.history(ROOM, since=None, stretches=[], limit=10)
    assert [stored.event.event_id for stored in shown.events] == ["$0", "$1", "$4", "$5"]
    assert nothing == History([], 0, complete=True)
    assert (await history(store, since=seqs[2], first=seqs[1], last=seqs[3]))[0] == ["$3"]
    assert (await history(store, since=seqs[5], first=seqs[1], last=seqs[3]))[0] == []
    assert (await history(store, first=seqs[1], last=seqs[4], limit=2))[0] == ["$3", "$4"]


async def test_the_history_of_an_unknown_room_is_empty_and_complete(store: SqlStore) -> None:
    ids, shown = await history(store)
    assert (ids, shown.cursor, shown.complete) == ([], 0, True)
    assert (await history(store, limit=0))[1].complete is True


async def test_the_newest_content_is_the_last_edit_by_its_own_sender(store: SqlStore) -> None:
    await add(
        store,
        event("$1", {"body": "one"}),
        edit("$3", "$1", "three", ts=30),
        edit("$2", "$1", "two", ts=20),
        edit("$x", "$1", "forged", ts=40, sender=HUGO.user_id),
        event("$y", {"body": "no new content", "m.relates_to": {"rel_type": "m.replace", "event_id": "$1"}}, ts=50),
        event("$z", {"m.new_content": {}, "m.relates_to": {"rel_type": "m.thread", "event_id": "$1"}}, ts=60),
    )
    assert await newest(store, "$1") == {"body": "three"}
    assert (await content_of(store, "$1")) == {"body": "one"}
    assert await newest(store, "$nowhere") is None


async def test_of_two_edits_in_one_millisecond_every_client_shows_the_same(store: SqlStore) -> None:
    await add(store, event("$1"), edit("$b", "$1", "b"), edit("$a", "$1", "a"))
    assert await newest(store, "$1") == {"body": "b"}


@pytest.mark.parametrize(
    "relation", ["text", 7, None, {"rel_type": "m.replace"}, {"rel_type": "m.replace", "event_id": 1}]
)
async def test_a_malformed_relation_is_no_edit(store: SqlStore, relation: Any) -> None:
    await add(store, event("$1"), event("$2", {"m.new_content": {}, "m.relates_to": relation}))
    assert (await newest(store, "$1"))["body"] == "$1"


async def test_a_redaction_takes_the_words_out_of_the_database(store: SqlStore) -> None:
    await add(store, event("$1", {"body": "secret"}), edit("$2", "$1", "secret too"))
    await add(store, redaction("$3", "$1"))
    assert await newest(store, "$1") is None
    assert await content_of(store, "$1") == {}
    assert await content_of(store, "$2") == {}
    assert (await history(store))[0] == ["$1", "$2", "$3"]


async def test_a_redaction_that_comes_first_or_at_once_does_the_same(store: SqlStore) -> None:
    await add(store, redaction("$3", "$1"))
    stored = await add(store, event("$1", {"body": "secret"}), edit("$2", "$1", "secret too"))
    assert [s.event.content for s in stored] == [{}, {}]
    stored = await add(store, event("$4", {"body": "secret"}), redaction("$5", "$4"))
    assert stored[0].event.content == {}
    await add(store, edit("$6", "$4", "late"))
    assert await content_of(store, "$6") == {}


async def test_a_redacted_edit_leaves_the_one_before_it(store: SqlStore) -> None:
    await add(store, event("$1"), edit("$2", "$1", "two", ts=2), edit("$3", "$1", "three", ts=3))
    await add(store, redaction("$4", "$3"))
    assert await newest(store, "$1") == {"body": "two"}


async def test_a_redaction_reaches_its_own_room_only(store: SqlStore) -> None:
    await add(store, event("$1"), redaction("$2", "$1", room=RoomId("!other")))
    assert (await newest(store, "$1"))["body"] == "$1"
    await add(store, redaction("$3", "$4", room=RoomId("!other")), event("$4"))
    assert (await newest(store, "$4"))["body"] == "$4"


async def test_many_events_in_one_transaction_keep_their_order(store: SqlStore) -> None:
    ids = [f"${n}" for n in range(1200)]
    stored = await add(store, *(event(event_id) for event_id in ids))
    assert [s.event.event_id for s in stored] == ids
    assert [s.seq for s in stored] == sorted(s.seq for s in stored)


async def test_a_room_can_be_read_page_by_page_from_its_beginning(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.events.add([event(f"${n}") for n in range(5)])
    seen, cursor = [], 0
    while True:
        async with store.read() as tx:
            page = await tx.events.history(ROOM, since=cursor, stretches=[(0, None)], limit=2, onward=True)
        assert page.complete
        if page.cursor == cursor:
            break
        seen += [one.event.event_id for one in page.events]
        cursor = page.cursor
    assert seen == [f"${n}" for n in range(5)]
