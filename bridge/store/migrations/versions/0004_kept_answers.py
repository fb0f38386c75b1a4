"""Answers that are given again."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"


def upgrade() -> None:
    """A table of its own."""
    op.create_table(
        "kept_answers",
        sa.Column("principal_id", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["principal_id"], ["principals.id"], name="kept_answers_principal_id_fk"),
        sa.PrimaryKeyConstraint("principal_id", "route", "key_hash", name="kept_answers_pk"),
    )
    op.create_index("kept_answers_kept_at_ix", "kept_answers", ["kept_at"])


def downgrade() -> None:
    """What is repeated afterwards is made twice."""
    op.drop_table("kept_answers")
