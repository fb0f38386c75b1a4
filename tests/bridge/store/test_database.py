from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import sys
from asyncio.subprocess import PIPE
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bridge.ports import PrincipalId, Session, Store
from bridge.store.database import BITE, KEEP, SqlStore
from policies.issue import Status
from policies.names import EventId, IssueId, Tier, UserId
from tests.bridge.store.rows import BOT, GINA, NOW, event, later, url_of, words


class Halfway(Exception):
    """Something went wrong in the middle."""


async def add_words(store: Store, words_id: str) -> None:
    async with store.write() as tx:
        await tx.words.add(words(words_id, words_id))


async def words_in(store: Store) -> list[str]:
    async with store.read() as tx:
        return [w.id for w in await tx.words.in_lobby(IssueId("1"))]


async def pragma(store: SqlStore, name: str, *, writing: bool) -> object:
    async with store.write() if writing else store.read() as tx:
        return (await tx.connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()


async def test_a_transaction_is_true_altogether_or_not_at_all(store: SqlStore) -> None:
    async def fail() -> None:
        async with store.write() as tx:
            await tx.words.add(words("w1", "t1"))
            await tx.outbox.add("a", {}, NOW)
            raise Halfway

    with pytest.raises(Halfway):
        await fail()
    assert await words_in(store) == []
    async with store.read() as tx:
        assert await tx.outbox.unfinished("a") == 0
    await add_words(store, "w2")
    assert await words_in(store) == ["w2"]


async def test_of_two_claims_at_once_exactly_one_finds_the_issue_queued(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.issues.add(GINA.id, GINA.user_id, "Export fails", "Hello?", Tier.T1, NOW)

    async def claim(by: UserId) -> bool:
        async with store.write() as tx:
            record = await tx.issues.load(IssueId("1"))
            assert record is not None
            await asyncio.sleep(0)
            if record.issue.status is not Status.QUEUED:
                return False
            await tx.issues.save(replace(record.issue, status=Status.OPEN, assignee=by))
            return True

    claimants = [UserId(f"@e{n}:localhost") for n in range(8)]
    won = await asyncio.gather(*map(claim, claimants))
    async with store.read() as tx:
        record = await tx.issues.load(IssueId("1"))
    assert record is not None
    assert won.count(True) == 1
    assert record.issue.assignee == claimants[won.index(True)]


async def test_writers_of_two_processes_take_turns_too(store: SqlStore, tmp_path: Path) -> None:
    other = await SqlStore.open(url_of(tmp_path / "bridge.db"), BOT)
    await asyncio.gather(*(add_words((store, other)[n % 2], f"w{n}") for n in range(40)))
    assert len(await words_in(other)) == 40
    await other.close()


async def test_writers_come_in_the_order_they_asked(store: SqlStore) -> None:
    ids = [f"w{n:02}" for n in range(20)]
    await asyncio.gather(*(add_words(store, words_id) for words_id in ids))
    assert await words_in(store) == ids


async def test_readers_never_wait_for_a_writer_and_see_nothing_of_it(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.words.add(words("w1", "t1"))
        assert await asyncio.gather(*(words_in(store) for _ in range(12))) == [[]] * 12
    assert await words_in(store) == ["w1"]


async def test_a_reader_sees_one_moment_throughout(store: SqlStore) -> None:
    await add_words(store, "w1")
    async with store.read() as tx:
        before = await tx.words.in_lobby(IssueId("1"))
        await add_words(store, "w2")
        assert await tx.words.in_lobby(IssueId("1")) == before
    assert await words_in(store) == ["w1", "w2"]


async def test_a_reader_cannot_write(store: SqlStore) -> None:
    async with store.read() as tx:
        with pytest.raises(OperationalError, match="readonly"):
            await tx.words.add(words("w1", "t1"))
    assert await words_in(store) == []


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987])
async def test_a_cancelled_writer_leaves_nothing_behind_and_nobody_locked_out(store: SqlStore, turns: int) -> None:
    async def write() -> None:
        async with store.write() as tx:
            for number in range(1000):
                await tx.words.add(words(f"cut{number}", f"cut{number}"))

    task = asyncio.create_task(write())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(add_words(store, "after"), 10)
    assert await words_in(store) == ["after"]


async def test_a_cancelled_reader_leaves_its_connection_usable(store: SqlStore) -> None:
    for hops in range(24):
        task = asyncio.create_task(words_in(store))
        for _ in range(hops):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await add_words(store, "after")
    assert await asyncio.wait_for(asyncio.gather(*(words_in(store) for _ in range(8))), 10) == [["after"]] * 8


CHILD = """
import asyncio, sys
from bridge.store.database import SqlStore
from tests.bridge.store.rows import BOT, NOW, event, words

async def main():
    store = await SqlStore.open(sys.argv[1], BOT)
    async with store.write() as tx:
        await tx.words.add(words("durable", "t1"))
    async with store.write() as tx:
        await tx.words.add(words("lost", "t2"))
        await tx.events.add([event("$lost")])
        print("now", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_after_a_kill_the_committed_is_there_and_the_rest_never_was(template: Path, tmp_path: Path) -> None:
    path = tmp_path / "killed.db"
    shutil.copy(template, path)
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD, url_of(path), stdout=PIPE)
    assert child.stdout is not None
    assert await asyncio.wait_for(child.stdout.readline(), 30) == b"now\n"
    child.send_signal(signal.SIGKILL)
    await child.wait()
    store = await SqlStore.open(url_of(path), BOT)
    assert await words_in(store) == ["durable"]
    async with store.write() as tx:
        assert await tx.events.load(EventId("$lost")) is None
        assert len(await tx.events.add([event("$lost")])) == 1
    await store.close()


async def test_a_commit_that_returned_survives_a_power_cut(store: SqlStore) -> None:
    assert await pragma(store, "journal_mode", writing=True) == "wal"
    assert await pragma(store, "synchronous", writing=True) == 2
    assert await pragma(store, "foreign_keys", writing=True) == 1
    assert await pragma(store, "query_only", writing=False) == 1


async def test_words_of_nobody_are_refused(store: SqlStore) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await add_words_of_nobody(store)
    assert await words_in(store) == []


async def add_words_of_nobody(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.words.add(replace(words("w1", "t1"), author=PrincipalId("p-nobody")))


async def test_the_database_is_nobody_elses_to_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "bridge.db"
    before = os.umask(0)
    try:
        store = await SqlStore.open(url_of(path), BOT)
        await add_nothing(store)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        await store.close()
    finally:
        os.umask(before)
    assert set(modes) == {"bridge.db", "bridge.db-wal", "bridge.db-shm"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def add_nothing(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.events.add([])


async def test_what_has_been_over_for_long_is_forgotten_and_events_are_still_recognised(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.events.add([event("$1")])
        done, dead, _ = [await tx.outbox.add(lane, {}, NOW) for lane in "abc"]
        await tx.outbox.done(done, NOW)
        await tx.outbox.drop(dead, NOW, "never")
        await tx.sessions.add(Session("over", GINA.id, "hash", NOW))
        await tx.sessions.add(Session("live", GINA.id, "hash", NOW + timedelta(days=40)))
    await store.prune(NOW + KEEP + timedelta(seconds=5))
    async with store.write() as tx:
        kept = (await tx.connection.exec_driver_sql("SELECT lane FROM outbox ORDER BY lane")).scalars().all()
        assert kept == ["b", "c"]
        assert await tx.sessions.load("over") is None
        assert await tx.sessions.load("live") is not None
        assert await tx.events.add([event("$1")]) == ()


async def test_a_database_that_cannot_be_opened_says_so_and_leaves_nothing_open(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    path.write_bytes(b"this is no database, however long it goes on " * 100)
    with pytest.raises(Exception, match="not a database"):
        await SqlStore.open(url_of(path), BOT)


async def test_much_is_forgotten_in_bites_between_which_others_write(store: SqlStore) -> None:
    async with store.write() as tx:
        for number in range(BITE * 2 + 1):
            await tx.site_guests.spend("shop", str(number), NOW)
    done: list[str] = []

    async def prune() -> None:
        assert await store.prune(later(1)) == BITE * 2 + 1
        done.append("pruned")

    async def write() -> None:
        async with store.write():
            done.append("written")

    await asyncio.gather(prune(), write())
    assert done == ["written", "pruned"]
