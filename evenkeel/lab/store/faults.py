"""The store's names for what is wrong with a database, whatever SQLAlchemy and the drivers call it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import psycopg
from sqlalchemy import exc


class StoreAway(Exception):
    """The database does not answer, was never migrated, is no database, or may not be used. The message is one line:
    what its driver says."""


class SchemaError(Exception):
    """The database's schema, or its URL, and this code do not go together; the message says what to do."""


# A statement of ours is wrong. These bugs stay loud: they are not taken for a database that is away.
BUGS = (
    *(exc.IntegrityError, exc.DataError, exc.ProgrammingError),
    *(psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError),
)
# psycopg counts these as ProgrammingErrors too, but it is the database that is not ready for us.
NO_BUGS = (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege)


@contextmanager
def faults_named() -> Iterator[None]:
    """Raises StoreAway in place of every error of SQLAlchemy's or a driver's, unless it tells of a bug of ours."""
    try:
        yield
    except exc.TimeoutError as error:
        # Of the pool, which has no connection left.
        away(error, error)
    except (exc.DBAPIError, psycopg.Error) as error:
        # COPY goes past SQLAlchemy: its errors are psycopg's own.
        said = error.orig if isinstance(error, exc.DBAPIError) else error
        if isinstance(error, BUGS) and not isinstance(said, NO_BUGS):
            raise
        away(error, said)


def away(error: Exception, said: BaseException | None) -> NoReturn:
    """Raises StoreAway with the first line of what the driver said."""
    lines = str(said).strip().splitlines()
    raise StoreAway(lines[0] if lines else type(said).__name__) from error
