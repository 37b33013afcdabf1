"""What all parts of the store use: one database, and transactions that read or write."""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import sql
from psycopg.types.json import Json
from sqlalchemy import BigInteger, Connection, Engine, Table, exc, func, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from evenkeel.database.engine import open_engine
from evenkeel.database.faults import away, faults_named
from evenkeel.schema import workers
from evenkeel.schema.version import SchemaError

MAX_PARAMETERS = 10_000
CLAIM_LOCK = 0x45564B4C  # any number, but the same in every process


def batched(ids: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The ids in parts that fit into one statement. A database accepts only some tens of thousands of parameters."""
    return (ids[start : start + MAX_PARAMETERS] for start in range(0, len(ids), MAX_PARAMETERS))


def now_ms() -> int:
    """Milliseconds since 1970 (UTC), by the clock of this machine."""
    return time.time_ns() // 1_000_000


class clock_ms(FunctionElement[int]):  # noqa: N801
    """SQL for milliseconds since 1970 (UTC) by the database's clock. It decides who holds what: the clocks of two
    workers may differ by an hour."""

    type = BigInteger()
    inherit_cache = True


@compiles(clock_ms, "sqlite")
def _of_sqlite(*_: Any, **__: Any) -> str:
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


@compiles(clock_ms, "postgresql")
def _of_postgres(*_: Any, **__: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


def ms(seconds: float) -> int:
    return int(seconds * 1000)


class Database:
    """One SQLite file or Postgres database. It is thread-safe. A URL that cannot be read raises SchemaError; a database
    that is away raises StoreAway."""

    def __init__(self, url: str) -> None:
        self.engine = _open(url)
        # In Postgres' default isolation each statement sees its own moment anyway, so reads need no BEGIN and COMMIT.
        on_postgres = self.dialect == "postgresql"
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT") if on_postgres else self.engine

    @property
    def dialect(self) -> str:
        """'sqlite' or 'postgresql'."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading."""
        with faults_named(), self._reader.begin() as db:
            yield db

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes. An exception undoes all of it."""
        with faults_named(), self.engine.execution_options(writes=True).begin() as db:
            yield db

    def insert(self, table: Table) -> Any:
        """An INSERT that supports ON CONFLICT, in the dialect of this database."""
        return (sqlite if self.dialect == "sqlite" else postgresql).insert(table)

    def add(self, db: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows that all have the same columns. On Postgres this uses COPY, which takes half the time."""
        if not rows:
            return
        if self.dialect == "sqlite":
            db.execute(insert(table), rows)
            return
        columns = sql.SQL(", ").join(map(sql.Identifier, rows[0]))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
        driver: Any = db.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([Json(value) if isinstance(value, dict) else value for value in row.values()])

    def stop_claims(self, db: Connection) -> None:
        """Keep others from claiming a run until the transaction ends. SQLite allows only one writer anyway."""
        if self.dialect == "postgresql":
            db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CLAIM_LOCK})

    def vacuum(self) -> None:
        """Give free space of SQLite's file back to the disk, and do nothing on Postgres. Raises StoreAway."""
        if self.dialect != "sqlite":
            return
        with faults_named(), self.engine.connect() as db:
            driver: Any = db.connection.driver_connection
            try:
                for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                    driver.execute(statement)  # VACUUM cannot run in a transaction, and SQLAlchemy would begin one.
            except sqlite3.Error as error:
                away(error, error)

    def ping(self) -> None:
        """Raises StoreAway if the database does not answer or was never migrated."""
        with self.read() as db:
            db.execute(select(func.count()).select_from(workers))

    def close(self) -> None:
        self.engine.dispose()


def _open(url: str) -> Engine:
    try:
        return open_engine(url)
    except (exc.ArgumentError, ValueError) as error:
        # The message does not repeat the URL, since it may contain a password.
        text = "EVENKEEL_DATABASE_URL is not a URL like sqlite:///folder/file.db or postgresql://user@host/name"
        raise SchemaError(text) from error
    except OSError as error:
        away(error, error)
