"""What the store's parts stand on: transactions that read or write, the schema's version, and faults by our names."""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from psycopg.types.json import Json
from sqlalchemy import Connection, Engine, Table, exc, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from evenkeel.lab.store.engine import open_engine
from evenkeel.lab.store.schema import workers

log = logging.getLogger(__name__)


class StoreAway(Exception):
    """The database does not answer, or was never migrated. The message is one line: what its driver says."""


class SchemaError(Exception):
    """The database's schema, or its URL, and this code do not go together; the message says what to do."""


MAX_PARAMETERS = 10_000


def batched(ids: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """Parts that a statement has room for: a database takes some tens of thousands of parameters."""
    return (ids[start : start + MAX_PARAMETERS] for start in range(0, len(ids), MAX_PARAMETERS))


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Database:
    """One SQLite file or Postgres database; thread-safe.

    Raises SchemaError for a URL that cannot be read. Everything else here raises StoreAway.
    """

    def __init__(self, url: str) -> None:
        self.engine = _open(url)
        # Postgres' default isolation sees each statement's own moment anyway: reads do without BEGIN and COMMIT.
        on_postgres = self.dialect == "postgresql"
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT") if on_postgres else self.engine

    @property
    def dialect(self) -> str:
        """'sqlite' or 'postgresql'."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with _our_names(), self._reader.begin() as db:
            yield db

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction; an exception takes back all of it."""
        with _our_names(), self.engine.execution_options(writes=True).begin() as db:
            yield db

    def insert(self, table: Table) -> Any:
        """An INSERT that can say ON CONFLICT, in the dialect at hand."""
        return (sqlite if self.dialect == "sqlite" else postgresql).insert(table)

    def add(self, db: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows that all name the same columns; on Postgres with COPY, which takes half the time."""
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

    def migrate(self, revision: str = "head") -> None:
        """Bring the schema to `revision`; nothing happens where it is there already. Raises SchemaError where a newer
        version has migrated it."""
        config = _alembic_config()
        with self.write() as connection:
            _refuse_newer(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, revision)

    def check_schema(self) -> None:
        """Raises SchemaError where the schema is older than this code. A newer one is worked with: what the next
        version's migration leaves to this one, its docstring says."""
        with self.read() as db:
            current = MigrationContext.configure(db).get_current_revision()
        if current not in _known_revisions():
            log.warning("the schema (%s) is newer than this version knows", current)
        elif current != _head():
            raise SchemaError(f"the schema is at {current}, this version needs {_head()}: run evenkeel migrate")

    def ping(self) -> None:
        with self.read() as db:
            db.execute(select(func.count()).select_from(workers))

    def close(self) -> None:
        self.engine.dispose()


def _open(url: str) -> Engine:
    try:
        return open_engine(url)
    except (exc.ArgumentError, ValueError) as error:
        # What was given is not repeated: it may hold a password.
        text = "EVENKEEL_DATABASE_URL is no URL of a database: sqlite:///folder/file.db or postgresql://user@host/name"
        raise SchemaError(text) from error
    except OSError as error:
        _away(error, error)


@contextmanager
def _our_names() -> Iterator[None]:
    """No exception of SQLAlchemy's or a driver's that tells of a database that is away leaves by its own name."""
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError) as error:
        _away(error, error.orig)
    except (exc.TimeoutError, psycopg.OperationalError, psycopg.InterfaceError) as error:
        # Of the pool; and psycopg's own, which COPY lets through.
        _away(error, error)
    except exc.ProgrammingError as error:
        if not isinstance(error.orig, psycopg.errors.UndefinedTable):
            raise
        _away(error, error.orig)


def _away(error: Exception, said: BaseException | None) -> NoReturn:
    lines = str(said).strip().splitlines()
    raise StoreAway(lines[0] if lines else type(said).__name__) from error


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[2] / "migrations"))
    return config


def _known_revisions() -> set[str | None]:
    return {None, *(script.revision for script in ScriptDirectory.from_config(_alembic_config()).walk_revisions())}


def _head() -> str:
    return str(ScriptDirectory.from_config(_alembic_config()).get_current_head())


def _refuse_newer(connection: Connection) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    if current not in _known_revisions():
        raise SchemaError(f"a newer version has migrated this store (to {current}); this one knows up to {_head()}")
