"""Links for guests, each good for one of them."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.ports import Invitation, PrincipalId
from bridge.store.columns import number_of
from bridge.store.tables import invitations
from policies.names import IssueId, UserId


class SqlInvitations:
    """Implements `bridge.ports.Invitations`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, invitation: Invitation) -> None:
        values = {
            "secret_hash": invitation.secret_hash,
            "inviter": invitation.inviter,
            "name": invitation.name,
            "created_at": invitation.created_at,
            "expires_at": invitation.expires_at,
            "guest_id": invitation.guest_id,
            "issue_id": None if invitation.issue_id is None else number_of(invitation.issue_id),
        }
        await self._connection.execute(insert(invitations).values(values))

    async def load(self, secret_hash: str) -> Invitation | None:
        query = select(invitations).where(invitations.c.secret_hash == secret_hash)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        return Invitation(
            secret_hash=row.secret_hash,
            inviter=UserId(row.inviter),
            name=row.name,
            created_at=row.created_at,
            expires_at=row.expires_at,
            guest_id=None if row.guest_id is None else PrincipalId(row.guest_id),
            issue_id=None if row.issue_id is None else IssueId(str(row.issue_id)),
        )

    async def use(self, secret_hash: str, guest_id: PrincipalId) -> bool:
        unused = (invitations.c.secret_hash == secret_hash, invitations.c.guest_id.is_(None))
        statement = update(invitations).where(*unused).values(guest_id=guest_id)
        return (await self._connection.execute(statement)).rowcount == 1
