"""Alembic's entry point. It runs the migrations on the connection that `Store.migrate` passes."""

from alembic import context

from evenkeel.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
