"""Stores that earlier versions wrote."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from evenkeel.store import Store

FIXTURES = Path(__file__).parents[1] / "evenkeel" / "store" / "fixtures"

Tables = dict[str, list[dict[str, Any]]]


@contextmanager
def earlier_store(url: str, revision: str, tables: Tables) -> Iterator[Store]:
    """A store of an earlier schema with the given rows, migrated to this version's schema."""
    store = Store(url)
    try:
        store.migrate(revision)
        put(store, tables)
        store.migrate()
        store.check_schema()
        yield store
    finally:
        store.close()


def put(store: Store, tables: Tables) -> None:
    """Insert rows into the tables that the database has, even if this version does not know them."""
    metadata = sa.MetaData()
    metadata.reflect(store.database.engine)
    with store.database.write() as db:
        for name, rows in tables.items():
            if rows:
                db.execute(sa.insert(metadata.tables[name]), rows)


def fixture(revision: str) -> Tables:
    """The rows of a store that the code of that schema wrote."""
    read = json.loads((FIXTURES / f"{revision}.json").read_text())
    assert read["revision"] == revision
    tables: Tables = read["tables"]
    for row in (row for rows in tables.values() for row in rows):
        row |= {k: base64.b64decode(v["base64"]) for k, v in row.items() if isinstance(v, dict) and "base64" in v}
    return tables


def said_before(revision: str) -> dict[str, list[dict[str, Any]]]:
    """metric -> the cells of the summary, as the version with that schema gave them for that store."""
    read = json.loads((FIXTURES / f"expected_{revision}.json").read_text())
    cells: dict[str, list[dict[str, Any]]] = read["expected"]
    return cells
