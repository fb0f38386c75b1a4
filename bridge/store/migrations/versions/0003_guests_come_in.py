"""Invitations, and guests by the word of a web site."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"


def upgrade() -> None:
    """Three tables of their own."""
    op.create_table(
        "invitations",
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("inviter", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("guest_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["guest_id"], ["principals.id"], name="invitations_guest_id_fk"),
        sa.PrimaryKeyConstraint("secret_hash", name="invitations_pk"),
    )
    op.create_index("invitations_expires_at_ix", "invitations", ["expires_at"])
    op.create_table(
        "site_guests",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("guest_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["guest_id"], ["principals.id"], name="site_guests_guest_id_fk"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="site_guests_pk"),
    )
    op.create_table(
        "assertions",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "jti", name="assertions_pk"),
    )
    op.create_index("assertions_expires_at_ix", "assertions", ["expires_at"])


def downgrade() -> None:
    """Guests stay; how they came is forgotten."""
    op.drop_table("assertions")
    op.drop_table("site_guests")
    op.drop_table("invitations")
