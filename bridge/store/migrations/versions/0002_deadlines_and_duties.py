"""Deadlines as rows, and who is on duty."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"


def upgrade() -> None:
    """Two tables of their own."""
    op.create_table(
        "duties",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("on_duty", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="duties_pk"),
    )
    op.create_table(
        "timers",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name="timers_pk"),
    )
    op.create_index("timers_due_at_ix", "timers", ["due_at"])


def downgrade() -> None:
    """Deadlines that are set are forgotten."""
    op.drop_table("timers")
    op.drop_table("duties")
