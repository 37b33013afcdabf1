"""Drops the rows of the epochs of finished runs. Their packed curves say the same."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, bindparam, delete, exists, func, select, text, update
from sqlalchemy.sql import ColumnElement

from evenkeel.claims.packing import ByName, Packed, read_epochs, unpack
from evenkeel.database import Database
from evenkeel.schema import curves, epochs, runs
from evenkeel.store.unpacking import pack_times

AT_ONCE = 200  # runs in one transaction: a worker that writes an epoch waits for it


@dataclass(frozen=True)
class Dropped:
    """What became of some runs.

    Attributes:
        runs: how many were looked at.
        rows: how many rows of epochs were dropped.
        kept: the ids of the runs that keep their rows, because their packed curves say something else.
    """

    runs: int
    rows: int
    kept: tuple[str, ...]


class Compacting:
    def __init__(self, database: Database) -> None:
        self.database = database

    def to_do(self) -> tuple[int, int]:
        """(the number of finished runs whose epochs still have rows, the number of these rows)."""
        with self.database.read() as db:
            query = select(func.count(curves.c.run_id.distinct()), func.count()).select_from(curves)
            num_runs, num_rows = db.execute(query.join(epochs, epochs.c.run_id == curves.c.run_id)).one()
        return int(num_runs), int(num_rows)

    def drop(self) -> Iterator[Dropped]:
        """Drop the rows of some runs after the other. The lab may go on working meanwhile."""
        last = ""
        while True:
            with self.database.write() as db:
                query = select(curves.c.run_id).where(curves.c.run_id > last, _HAS_ROWS).order_by(curves.c.run_id)
                run_ids = list(db.scalars(query.limit(AT_ONCE)))
                if not run_ids:
                    return
                done = _drop(db, run_ids)
            last = run_ids[-1]
            yield done

    def size_bytes(self) -> int:
        """The size of the store."""
        size = "SELECT pg_database_size(current_database())"
        if self.database.dialect == "sqlite":
            size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        with self.database.read() as db:
            return int(db.execute(text(size)).scalar_one())

    def shrink(self) -> None:
        """Give the space of dropped rows back to the disk. Whoever writes to the store waits meanwhile. On Postgres it
        does nothing: there, new rows take the space. Raises StoreAway if the disk has no room for a second store."""
        self.database.vacuum()


_HAS_ROWS: ColumnElement[bool] = exists().where(epochs.c.run_id == curves.c.run_id)


def _drop(db: Connection, run_ids: list[str]) -> Dropped:
    measured, times = read_epochs(db, run_ids), _times(db, run_ids)
    query = select(curves.c.run_id, curves.c.metrics, curves.c.packed).where(curves.c.run_id.in_(run_ids))
    same = {
        run_id: times.get(run_id, {})
        for run_id, metrics, packed in db.execute(query)
        if _says_the_same(unpack(metrics, packed), measured.get(run_id, {}), times.get(run_id, {}))
    }
    if not same:
        return Dropped(len(run_ids), 0, tuple(run_ids))
    logged = [{"id": run_id, "at": pack_times(list(by_epoch.values()))} for run_id, by_epoch in same.items()]
    db.execute(update(curves).where(curves.c.run_id == bindparam("id")).values(logged=bindparam("at")), logged)
    rows = db.execute(delete(epochs).where(epochs.c.run_id.in_(list(same)))).rowcount
    return Dropped(len(run_ids), rows, tuple(run_id for run_id in run_ids if run_id not in same))


def _times(db: Connection, run_ids: list[str]) -> dict[str, dict[int, int]]:
    """run id -> epoch -> when it was logged, in ms since 1970, in the order of the epochs."""
    query = (
        select(epochs.c.run_id, epochs.c.epoch, epochs.c.logged_ms)
        .join(runs, (runs.c.id == epochs.c.run_id) & (runs.c.attempt == epochs.c.attempt))
        .where(epochs.c.run_id.in_(run_ids))
        .order_by(epochs.c.run_id, epochs.c.epoch)
    )
    found: dict[str, dict[int, int]] = {}
    for run_id, epoch, logged_ms in db.execute(query):
        found.setdefault(run_id, {})[epoch] = logged_ms
    return found


def _says_the_same(packed: Packed, measured: ByName, times: dict[int, int]) -> bool:
    """Whether the packed curves say all that the rows say. Only the rows know the number of an epoch, so it must be
    its place."""
    return (
        list(times) == list(range(1, len(times) + 1))
        and packed.keys() == measured.keys()
        and all(np.array_equal(packed[name], values, equal_nan=True) for name, values in measured.items())
    )
