"""The version of a database's schema: checks whether it fits this code, and migrates it."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

log = logging.getLogger(__name__)


class SchemaError(Exception):
    """The database's schema or its URL does not fit this code. The message says what to do."""


def migrate(db: Connection, revision: str) -> None:
    """Migrate the schema to `revision`. Nothing happens if it is there already.

    Args:
        db: a transaction that writes.

    Raises:
        SchemaError: a newer version has migrated the database.
    """
    current = _current(db)
    if current not in _known():
        raise SchemaError(f"a newer version has migrated this database to {current}; this one knows up to {_head()}")
    config = _config()
    config.attributes["connection"] = db
    command.upgrade(config, revision)


def check(db: Connection) -> None:
    """Raises SchemaError if the schema is older than this code. A newer schema is accepted: the docstring of its
    migration says what still works with the version before."""
    current = _current(db)
    if current not in _known():
        log.warning("the schema of the database (%s) is newer than this version", current)
    elif current != _head():
        raise SchemaError(
            f"the database is at schema {current}, and this version needs {_head()}: run evenkeel migrate"
        )


def _current(db: Connection) -> str | None:
    """The revision of the schema; None if the database was never migrated."""
    return MigrationContext.configure(db).get_current_revision()


def _known() -> set[str | None]:
    return {None, *(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())}


def _head() -> str:
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    return config
