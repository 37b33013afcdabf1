"""The version of a database's schema: whether it is this code's, and how it becomes that."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from evenkeel.lab.store.faults import SchemaError

log = logging.getLogger(__name__)


def migrate(db: Connection, revision: str) -> None:
    """Bring the schema to `revision`; nothing happens where it is there already. db: a transaction that writes. Raises
    SchemaError where a newer version has migrated it."""
    current = _current(db)
    if current not in _known():
        raise SchemaError(f"a newer version has migrated this store (to {current}); this one knows up to {_head()}")
    config = _config()
    config.attributes["connection"] = db
    command.upgrade(config, revision)


def check(db: Connection) -> None:
    """Raises SchemaError where the schema is older than this code. A newer one is worked with: what the next version's
    migration leaves to this one, its docstring says."""
    current = _current(db)
    if current not in _known():
        log.warning("the schema (%s) is newer than this version knows", current)
    elif current != _head():
        raise SchemaError(f"the schema is at {current}, this version needs {_head()}: run evenkeel migrate")


def _current(db: Connection) -> str | None:
    """None where the database was never migrated."""
    return MigrationContext.configure(db).get_current_revision()


def _known() -> set[str | None]:
    return {None, *(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())}


def _head() -> str:
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[2] / "migrations"))
    return config
