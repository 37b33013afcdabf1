"""The migrations of the database's schema, one for each version. `Store.migrate` runs them with Alembic."""
