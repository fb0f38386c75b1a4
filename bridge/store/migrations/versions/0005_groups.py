"""The guests of group issues."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A table of its own."""
    op.create_table(
        "issue_guests",
        sa.Column(
            "issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "user_id", name="issue_guests_pk"),
    )
    op.create_index("issue_guests_user_id_ix", "issue_guests", ["user_id"])


def downgrade() -> None:
    """Group issues are left with the guest who opened them."""
    op.drop_table("issue_guests")
