"""What Alembic runs, by this name, for each of its commands: where the tables are, and on which connection."""

from __future__ import annotations

from alembic import context

from bridge.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    dialect_name=context.config.attributes.get("dialect_name"),
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
