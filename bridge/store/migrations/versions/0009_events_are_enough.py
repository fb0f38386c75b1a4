"""Recognise what the homeserver repeats by its events alone.

Synapse on SQLite counts its transactions from 1 again after a restart: by their numbers we took new ones for old.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0009"
down_revision: Final = "0008"


def upgrade() -> None:
    """Forget the numbers."""
    op.drop_table("seen_transactions")


def downgrade() -> None:
    """Begin to count anew."""
    op.create_table(
        "seen_transactions",
        sa.Column("txn_id", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("txn_id", name="seen_transactions_pk"),
    )
    op.create_index("seen_transactions_stored_at_ix", "seen_transactions", ["stored_at"])
