from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from bridge.errors import Unknown
from bridge.ports import WordsId
from bridge.store.database import SqlStore
from policies.names import EventId, IssueId
from tests.bridge.store.rows import GINA, HUGO, NOW, words


async def test_new_words_are_kept_as_they_were(store: SqlStore) -> None:
    written = replace(words("w1", "t1", "Grüße 👋"), reply_to=EventId("$before"))
    async with store.write() as tx:
        assert await tx.words.add(written) is None
    async with store.read() as tx:
        assert await tx.words.load(WordsId("w1")) == written
        assert await tx.words.load(WordsId("w2")) is None


async def test_the_same_transaction_id_again_finds_the_first_words(store: SqlStore) -> None:
    first = words("w1", "t1")
    async with store.write() as tx:
        await tx.words.add(first)
    async with store.write() as tx:
        assert await tx.words.add(words("w2", "t1", "something else")) == first
        assert await tx.words.load(WordsId("w2")) is None
        assert await tx.words.load_by_txn(GINA.id, "lobby:1", "t1") == first
        assert await tx.words.load_by_txn(GINA.id, "lobby:1", "t2") is None


async def test_a_transaction_id_belongs_to_its_author_and_place(store: SqlStore) -> None:
    async with store.write() as tx:
        assert await tx.words.add(words("w1", "t1")) is None
        assert await tx.words.add(words("w2", "t1", author=HUGO)) is None
        assert await tx.words.add(words("w3", "t1", place="!room")) is None
        assert await tx.words.add(words("w4", "T1")) is None


async def test_words_wait_in_the_order_they_were_written_until_they_are_placed(store: SqlStore) -> None:
    # Ids in another order, and all of one moment: neither says what came first.
    ids = ["w9", "w1", "w5"]
    async with store.write() as tx:
        for number, words_id in enumerate(ids):
            await tx.words.add(words(words_id, f"t{number}"))
        await tx.words.add(words("w0", "t0", place="!room"))
        await tx.words.add(words("w2", "t0", place="lobby:12"))
    async with store.write() as tx:
        await tx.words.place(WordsId("w9"), EventId("$1"))
    async with store.read() as tx:
        assert [w.id for w in await tx.words.waiting(IssueId("1"))] == ["w1", "w5"]
        lobby = await tx.words.in_lobby(IssueId("1"))
        assert [(w.id, w.event_id) for w in lobby] == [("w9", "$1"), ("w1", None), ("w5", None)]


async def test_an_author_learns_their_own_transaction_ids_only(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.words.add(words("w1", "t1"))
        await tx.words.add(words("w2", "t2", author=HUGO))
    async with store.read() as tx:
        asked = [WordsId("w1"), WordsId("w2"), WordsId("w3")]
        assert await tx.words.txn_ids(GINA.id, asked) == {"w1": "t1"}
        assert await tx.words.txn_ids(GINA.id, []) == {}


async def test_words_that_are_not_there_cannot_be_placed(store: SqlStore) -> None:
    with pytest.raises(Unknown):
        async with store.write() as tx:
            await tx.words.place(WordsId("w1"), EventId("$1"))


async def test_a_moment_is_the_same_in_whatever_zone_it_was_said(store: SqlStore) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-7)))
    async with store.write() as tx:
        await tx.words.add(replace(words("w1", "t1"), at=elsewhere))
        loaded = await tx.words.load(WordsId("w1"))
    assert loaded is not None
    assert loaded.at == NOW
    assert loaded.at.utcoffset() == timedelta()


async def test_a_moment_without_a_zone_is_refused(store: SqlStore) -> None:
    with pytest.raises(Exception, match="offset-naive"):
        async with store.write() as tx:
            await tx.words.add(replace(words("w1", "t1"), at=NOW.replace(tzinfo=None)))
