from __future__ import annotations

from dataclasses import replace

from bridge.ports import PrincipalId, Session
from bridge.store.database import SqlStore
from tests.bridge.store.rows import GINA, HUGO, later


def session(session_id: str, principal_id: PrincipalId = GINA.id) -> Session:
    return Session(session_id, principal_id, f"hash of {session_id}", later(60))


async def add(store: SqlStore, *sessions: Session) -> None:
    async with store.write() as tx:
        for each in sessions:
            await tx.sessions.add(each)


async def test_a_session_is_kept_as_it_was(store: SqlStore) -> None:
    await add(store, session("s1"))
    async with store.read() as tx:
        assert await tx.sessions.load("s1") == session("s1")
        assert await tx.sessions.load("s2") is None


async def test_only_the_present_refresh_token_is_exchanged(store: SqlStore) -> None:
    await add(store, session("s1"))
    async with store.write() as tx:
        assert await tx.sessions.rotate("s1", "hash of s1", "second", later(90))
        assert not await tx.sessions.rotate("s1", "hash of s1", "third", later(99))
        assert not await tx.sessions.rotate("s2", "hash of s1", "third", later(99))
        assert await tx.sessions.load("s1") == replace(session("s1"), refresh_hash="second", expires_at=later(90))


async def test_a_revoked_session_is_not_exchanged(store: SqlStore) -> None:
    await add(store, session("s1"))
    async with store.write() as tx:
        await tx.sessions.revoke("s1")
        await tx.sessions.revoke("s1")
        assert not await tx.sessions.rotate("s1", "hash of s1", "second", later(90))
        loaded = await tx.sessions.load("s1")
    assert loaded is not None
    assert loaded.revoked


async def test_all_sessions_of_somebody_end_and_nobody_elses(store: SqlStore) -> None:
    await add(store, session("s1"), session("s2"), session("s3", HUGO.id), session("s4"))
    async with store.write() as tx:
        await tx.sessions.revoke("s2")
        assert sorted(await tx.sessions.revoke_all(GINA.id)) == ["s1", "s4"]
        assert await tx.sessions.revoke_all(GINA.id) == []
        assert await tx.sessions.load("s3") == session("s3", HUGO.id)
