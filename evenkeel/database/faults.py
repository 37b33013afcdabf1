"""The store's own exceptions for faults of a database, in place of those of SQLAlchemy and the drivers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import psycopg
from sqlalchemy import exc


class StoreAway(Exception):
    """The database does not answer, was never migrated, is not a database, or may not be used. The message is one line,
    from its driver."""


# These mean that a statement of ours is wrong. Such a bug must not look like a database that is away.
BUGS = (
    *(exc.IntegrityError, exc.DataError, exc.ProgrammingError),
    *(psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError),
)
# psycopg counts these as ProgrammingErrors too, but they mean that the database is not ready.
NO_BUGS = (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege)


@contextmanager
def faults_named() -> Iterator[None]:
    """Raises StoreAway in place of every error of SQLAlchemy or a driver, unless the error shows a bug of ours."""
    try:
        yield
    except exc.TimeoutError as error:
        # The connection pool has no connection left.
        away(error, error)
    except (exc.DBAPIError, psycopg.Error) as error:
        # COPY does not go through SQLAlchemy, so its errors are psycopg's own.
        said = error.orig if isinstance(error, exc.DBAPIError) else error
        if isinstance(error, BUGS) and not isinstance(said, NO_BUGS):
            raise
        away(error, said)


def away(error: Exception, said: BaseException | None) -> NoReturn:
    """Raises StoreAway with the first line of the driver's message."""
    lines = str(said).strip().splitlines()
    raise StoreAway(lines[0] if lines else type(said).__name__) from error
