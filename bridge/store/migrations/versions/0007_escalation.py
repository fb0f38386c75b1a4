"""Issues that go on in other issues, what is known of each epoch, shares, and how to reach guests who wait."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0007"
down_revision: Final = "0006"

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Three columns, three tables. Of epochs that began before, the beginning is taken to be that of the issue."""
    op.add_column("issues", sa.Column("wanted", sa.Text()))
    op.add_column("issues", sa.Column("parent", NUMBER))
    op.add_column("issues", sa.Column("child", NUMBER))
    op.create_table(
        "epochs",
        sa.Column("issue_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("answered_by", sa.Text()),
        sa.Column("rating", sa.Integer()),
        sa.Column("comment", sa.Text()),
        sa.Column("rated_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("issue_id", "epoch", name="epochs_pk"),
    )
    op.execute("INSERT INTO epochs (issue_id, epoch, began_at) SELECT id, epoch, opened_at FROM issues")
    op.create_table(
        "contacts",
        sa.Column("issue_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("issue_id", name="contacts_pk"),
    )
    op.create_table(
        "shares",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("issue_id", NUMBER, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("copy", sa.Text()),
        sa.Column("taken_back_by", sa.Text()),
        sa.Column("taken_back_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="shares_pk"),
    )
    op.create_index("shares_issue_id_ix", "shares", ["issue_id"])


def downgrade() -> None:
    """What was escalated to a new room is two issues that do not know of each other."""
    op.drop_table("shares")
    op.drop_table("contacts")
    op.drop_table("epochs")
    for column in ("child", "parent", "wanted"):
        op.drop_column("issues", column)
