"""The first tables: people, issues, words, outbox, and the projection of rooms."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _where(condition: sa.ColumnElement[bool]) -> dict[str, Any]:
    return {"sqlite_where": condition, "postgresql_where": condition}


def upgrade() -> None:
    """From nothing."""
    op.create_table(
        "endings",
        sa.Column("issue_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "epoch", name="endings_pk"),
    )
    op.create_table(
        "events",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("room_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("origin_server_ts", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state_key", sa.Text()),
        sa.Column("redacts", sa.Text()),
        sa.Column("replaces", sa.Text()),
        sa.Column("redacted_by", sa.Text()),
        sa.PrimaryKeyConstraint("seq", name="events_pk"),
        sa.UniqueConstraint("event_id", name="events_event_id_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("events_redacts_ix", "events", ["redacts"], **_where(sa.column("redacts").is_not(None)))
    op.create_index("events_replaces_ix", "events", ["replaces"], **_where(sa.column("replaces").is_not(None)))
    op.create_index("events_room_id_seq_ix", "events", ["room_id", "seq"])
    op.create_table(
        "members",
        sa.Column("room_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("membership", sa.Text(), nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("room_id", "user_id", name="members_pk"),
    )
    op.create_index("members_user_id_ix", "members", ["user_id"])
    op.create_table(
        "outbox",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="outbox_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_unfinished_ix", "outbox", ["lane", "id"], **_where(sa.column("finished_at").is_(None)))
    op.create_table(
        "principals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("tier", sa.Integer()),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text()),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="principals_pk"),
        sa.UniqueConstraint("login", name="principals_login_key"),
        sa.UniqueConstraint("user_id", name="principals_user_id_key"),
    )
    op.create_table(
        "rooms",
        sa.Column("room_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("issue_id", NUMBER),
        sa.PrimaryKeyConstraint("room_id", name="rooms_pk"),
    )
    op.create_table(
        "seen_transactions",
        sa.Column("txn_id", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("txn_id", name="seen_transactions_pk"),
    )
    op.create_index("seen_transactions_stored_at_ix", "seen_transactions", ["stored_at"])
    op.create_table(
        "stays",
        sa.Column("room_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("first", NUMBER, autoincrement=False, nullable=False),
        sa.Column("last", NUMBER),
        sa.PrimaryKeyConstraint("room_id", "user_id", "first", name="stays_pk"),
    )
    op.create_table(
        "issues",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("guest_id", sa.Text(), nullable=False),
        sa.Column("guest", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("waiting_on", sa.Text()),
        sa.Column("assignee", sa.Text()),
        sa.Column("conclusion", sa.Text()),
        sa.Column("guest_room", sa.Text()),
        sa.Column("staff_room", sa.Text()),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=False),
        sa.Column("first_words", sa.Text(), nullable=False),
        sa.Column("card", sa.Text()),
        sa.Column("desk_card", sa.Text()),
        sa.ForeignKeyConstraint(["guest_id"], ["principals.id"], name="issues_guest_id_fk"),
        sa.PrimaryKeyConstraint("id", name="issues_pk"),
        sa.UniqueConstraint("card", name="issues_card_key"),
        sa.UniqueConstraint("desk_card", name="issues_desk_card_key"),
        sa.UniqueConstraint("guest_room", name="issues_guest_room_key"),
        sa.UniqueConstraint("staff_room", name="issues_staff_room_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("issues_assignee_ix", "issues", ["assignee"])
    op.create_index("issues_guest_id_ix", "issues", ["guest_id"])
    op.create_index("issues_queue_ix", "issues", ["status", "tier", "queued_at", "id"])
    op.create_table(
        "profiles",
        sa.Column("principal_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("avatar", sa.Text()),
        sa.ForeignKeyConstraint(["principal_id"], ["principals.id"], name="profiles_principal_id_fk"),
        sa.PrimaryKeyConstraint("principal_id", name="profiles_pk"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("principal_id", sa.Text(), nullable=False),
        sa.Column("refresh_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["principal_id"], ["principals.id"], name="sessions_principal_id_fk"),
        sa.PrimaryKeyConstraint("id", name="sessions_pk"),
    )
    op.create_index("sessions_principal_id_ix", "sessions", ["principal_id"])
    op.create_table(
        "words",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("txn_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("issue_id", NUMBER),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reply_to", sa.Text()),
        sa.Column("event_id", sa.Text()),
        sa.ForeignKeyConstraint(["author"], ["principals.id"], name="words_author_fk"),
        sa.PrimaryKeyConstraint("seq", name="words_pk"),
        sa.UniqueConstraint("author", "place", "txn_id", name="words_author_place_txn_id_key"),
        sa.UniqueConstraint("id", name="words_id_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("words_place_ix", "words", ["place", "seq"])


def downgrade() -> None:
    """Back to nothing, projection and all."""
    for table in (
        "words",
        "sessions",
        "profiles",
        "issues",
        "stays",
        "seen_transactions",
        "rooms",
        "principals",
        "outbox",
        "members",
        "events",
        "endings",
    ):
        op.drop_table(table)
