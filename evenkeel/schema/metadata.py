"""What all tables have in common: how their constraints are named, and how an index of some of the rows is made."""

from typing import Any

from sqlalchemy import MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def where(condition: str) -> dict[str, Any]:
    """The arguments of an Index that holds only the rows with this condition. SQLite uses such an index only for
    queries that write the condition out, without a parameter."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}
