"""Invitations into a group issue."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0010"
down_revision: Final = "0009"


def upgrade() -> None:
    """A column."""
    op.add_column("invitations", sa.Column("issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))


def downgrade() -> None:
    """They let somebody in, and nowhere in particular."""
    with op.batch_alter_table("invitations") as batch:
        batch.drop_column("issue_id")
