"""Schedules, capacities and turns of staff; chats among them; rooms by their names."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0008"
down_revision: Final = "0007"


def upgrade() -> None:
    """Four tables of their own, and a column in the projection."""
    op.create_table(
        "capacities",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="capacities_pk"),
    )
    op.create_table(
        "shifts",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("weekday", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("begins", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "weekday", "begins", name="shifts_pk"),
    )
    op.create_table(
        "turns",
        sa.Column("tier", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tier", name="turns_pk"),
    )
    op.create_table(
        "chats",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("room_id", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="chats_pk"),
        sa.UniqueConstraint("key", name="chats_key_key"),
        sa.UniqueConstraint("room_id", name="chats_room_id_key"),
    )
    op.add_column("rooms", sa.Column("name", sa.Text()))


def downgrade() -> None:
    """Who is on duty stays as it is; what was said in chats stays in their rooms."""
    op.drop_column("rooms", "name")
    op.drop_table("chats")
    op.drop_table("turns")
    op.drop_table("shifts")
    op.drop_table("capacities")
