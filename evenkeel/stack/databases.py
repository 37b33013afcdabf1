"""Creates the databases and their roles, our schema, and the first API key. It is safe to repeat this."""

import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from evenkeel.records.keys import Role, hash_secret, split_key
from evenkeel.settings import get_settings
from evenkeel.store import Store

# database -> its role.
DATABASES = {"evenkeel": "evenkeel", "mlflow": "mlflow"}
FIRST_KEY = "first"
# Postgres makes its files at its first start.
PATIENCE_SECONDS, PAUSE_SECONDS = 120.0, 0.2


def make_databases(root: Path) -> None:
    """Create what is missing, and give each role its password from `root`.

    `evenkeel.stack.secrets` writes these passwords. To change one, have it made again, and then repeat this.
    """
    passwords = {role: (root / "own" / role).read_text() for role in set(DATABASES.values())}
    superuser = (root / "own" / "postgres").read_text()
    with connect(host="postgres", user="postgres", password=superuser) as admin:
        for role, password in passwords.items():
            known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            verb = sql.SQL("ALTER ROLE" if known else "CREATE ROLE")
            admin.execute(sql.SQL("{} {} LOGIN PASSWORD {}").format(verb, sql.Identifier(role), sql.Literal(password)))
        for database, role in DATABASES.items():
            if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                names = sql.Identifier(database), sql.Identifier(role)
                # The encoding must be UTF-8, whatever the server's locale is.
                admin.execute(sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(*names))
            admin.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
    store = Store(get_settings().database_url)
    store.migrate()
    ensure_first_key(store, (root / "own" / "api_key").read_text())
    store.close()


def connect(**to: Any) -> psycopg.Connection:
    """A connection to a server that may just have started. Raises psycopg.OperationalError if it stays away."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return psycopg.connect(**to, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)


def ensure_first_key(store: Store, key: str) -> None:
    """Add `key`, unless it is already known. A key that was revoked stays revoked."""
    parts = split_key(key)
    assert parts is not None
    key_id, secret = parts
    if key_id not in {known.id for known in store.keys.all()}:
        store.keys.add(key_id, FIRST_KEY, Role.WRITE, hash_secret(secret))
