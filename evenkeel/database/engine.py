"""The SQLAlchemy engine for a URL: SQLite (WAL) or Postgres."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

# A network that is cut reports no error. With these limits the driver reports one within half a minute.
PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def open_engine(url: str) -> Engine:
    """The engine for a URL.

    SQLite uses WAL and foreign keys, and waits up to 30 s for a lock. Writers take the lock at BEGIN, so none can
    deadlock.

    Raises:
        sqlalchemy.exc.ArgumentError, ValueError: the URL cannot be read.
        OSError: the folder of the SQLite file cannot be made.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        server = parsed.set(drivername="postgresql+psycopg")
        return create_engine(server, pool_pre_ping=True, pool_size=10, max_overflow=30, connect_args=PATIENCE)
    engine = create_engine(parsed, connect_args={"timeout": 30, "check_same_thread": False})
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)

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
