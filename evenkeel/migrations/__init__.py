"""How the schema came to be, version by version. Alembic runs these when `Store.migrate` says so."""
