"""SQLite (WAL) or Postgres: the engine, transactions that read or write, and the migrations."""

import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from psycopg.types.json import Json
from sqlalchemy import Connection, Engine, Table, create_engine, event, func, insert, make_url, select
from sqlalchemy.dialects import postgresql, sqlite

from lab.store.schema import workers

log = logging.getLogger(__name__)


# A network that was cut says nothing: give up on it within half a minute, and say so.
PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def open_engine(url: str) -> Engine:
    """SQLite: WAL, foreign keys, 30 s of patience for a lock; writers take the lock at BEGIN, so none deadlocks.

    Raises sqlalchemy.exc.ArgumentError for a URL that cannot be read.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        server = parsed.set(drivername="postgresql+psycopg")
        return create_engine(server, pool_pre_ping=True, pool_size=10, max_overflow=30, connect_args=PATIENCE)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class SchemaError(Exception):
    """The database's schema and this code do not go together; the message says what to do."""


MAX_PARAMETERS = 10_000


def batched(ids: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """Parts that a statement has room for: a database takes some tens of thousands of parameters."""
    return (ids[start : start + MAX_PARAMETERS] for start in range(0, len(ids), MAX_PARAMETERS))


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Database:
    """What the store's parts stand on. Raises sqlalchemy.exc.OperationalError when the database is away."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        # Postgres' default isolation sees each statement's own moment anyway: reads do without BEGIN and COMMIT.
        on_postgres = self.engine.dialect.name == "postgresql"
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT") if on_postgres else self.engine

    def migrate(self, revision: str = "head") -> None:
        """Bring the schema to `revision`; nothing happens where it is there already. Raises SchemaError where a newer
        version has migrated it."""
        config = _alembic_config()
        with self._write() as connection:
            _refuse_newer(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, revision)

    def check_schema(self) -> None:
        """Raises SchemaError where the schema is older than this code. A newer one only has more than it needs: every
        migration adds, so that neighbouring versions work side by side while a lab is upgraded."""
        with self._read() as db:
            current = MigrationContext.configure(db).get_current_revision()
        if current not in _known_revisions():
            log.warning("the schema (%s) is newer than this version knows", current)
        elif current != _head():
            raise SchemaError(f"the schema is at {current}, this version needs {_head()}: run evenkeel migrate")

    def ping(self) -> None:
        """Raises if the database is away or was never migrated."""
        with self._read() as db:
            db.execute(select(func.count()).select_from(workers))

    def close(self) -> None:
        self.engine.dispose()

    def _read(self) -> AbstractContextManager[Connection]:
        return self._reader.begin()

    def _write(self) -> AbstractContextManager[Connection]:
        return self.engine.execution_options(writes=True).begin()

    def _add(self, db: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows that all name the same columns; on Postgres with COPY, which takes half the time."""
        if not rows:
            return
        if self.engine.dialect.name == "sqlite":
            db.execute(insert(table), rows)
            return
        columns = sql.SQL(", ").join(map(sql.Identifier, rows[0]))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
        driver: Any = db.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([Json(value) if isinstance(value, dict) else value for value in row.values()])

    def _insert(self, table: Any) -> Any:
        """An INSERT that can say ON CONFLICT, in the dialect at hand."""
        return (sqlite if self.engine.dialect.name == "sqlite" else postgresql).insert(table)


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _known_revisions() -> set[str | None]:
    return {None, *(script.revision for script in ScriptDirectory.from_config(_alembic_config()).walk_revisions())}


def _head() -> str:
    return str(ScriptDirectory.from_config(_alembic_config()).get_current_head())


def _refuse_newer(connection: Connection) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    if current not in _known_revisions():
        raise SchemaError(f"a newer version has migrated this store (to {current}); this one knows up to {_head()}")
