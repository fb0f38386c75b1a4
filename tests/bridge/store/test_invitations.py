from __future__ import annotations

from datetime import timedelta

from bridge.ports import Invitation
from bridge.store.database import KEEP, SqlStore
from policies.names import UserId
from tests.bridge.store.rows import GINA, HUGO, NOW, later

INVITATION = Invitation("hash", UserId("@ada:localhost"), "Gina", NOW, later(60))


async def test_an_invitation_is_read_as_it_was_written(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.invitations.add(INVITATION)
        assert await tx.invitations.load("hash") == INVITATION
        assert await tx.invitations.load("other") is None


async def test_an_invitation_is_used_up_once(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.invitations.add(INVITATION)
        assert await tx.invitations.use("hash", GINA.id)
        assert not await tx.invitations.use("hash", HUGO.id)
        assert not await tx.invitations.use("other", HUGO.id)
        kept = await tx.invitations.load("hash")
    assert kept is not None
    assert kept.guest_id == GINA.id


async def test_invitations_are_forgotten_a_while_after_they_expired(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.invitations.add(INVITATION)
    for now, is_there in ((later(60) + KEEP, True), (later(60) + KEEP + timedelta(seconds=1), False)):
        await store.prune(now)
        async with store.read() as tx:
            assert (await tx.invitations.load("hash") is not None) is is_there
