"""Stamps of what pages show: short texts that change when it does. They are asked for every second, so each is one
query that reads no epochs."""

import hashlib
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.sql import ColumnElement

from evenkeel.database import Database, clock_ms, ms
from evenkeel.records.status import Status
from evenkeel.schema import cells, events, experiments, has_status, lanes, logs, run_counts, runs, workers
from evenkeel.store.tallies import stamp_columns

# These change although nothing has happened that a page shows.
UNSEEN = ("served_ms", "seen_ms", "epoch_seconds")


# Changes whenever a run begins, ends, or comes to the end of an epoch. The runs that have ended are not read.
_TRAINED = select(*stamp_columns()).where(has_status(Status.RUNNING))


class Stamps:
    def __init__(self, database: Database) -> None:
        self.database = database

    def lab(self, within_seconds: float) -> str:
        """Changes with any experiment, any run, and what the workers seen within so many seconds can do."""
        groups = lanes.c.experiment_id, run_counts.c.status, run_counts.c.outcome
        number = func.sum(run_counts.c.n)
        counts = select(*groups, number, func.max(run_counts.c.at_ms)).join(lanes, lanes.c.id == run_counts.c.lane_id)
        counts = counts.group_by(*groups).having(number != 0).order_by(*groups)
        able = workers.c.name, workers.c.slots, workers.c.device, workers.c.problem, workers.c.warning
        with self.database.read() as db:
            rows = _rows(db, select(*_seen_columns(experiments)).order_by(experiments.c.id))
            rows += _rows(db, counts) + _rows(db, _TRAINED)
            return _stamp(rows + _rows(db, select(*able).where(_seen(within_seconds)).order_by(workers.c.name)))

    def workers(self, within_seconds: float) -> str:
        """Changes when a worker comes, goes or reports something else, and when one takes a run or trains an epoch."""
        with self.database.read() as db:
            shown = select(*_seen_columns(workers)).where(_seen(within_seconds)).order_by(workers.c.name)
            return _stamp(_rows(db, shown) + _rows(db, _TRAINED))

    def experiment(self, name: str) -> str:
        """Changes with the experiment, with any of its runs, and with what is told of it."""
        with self.database.read() as db:
            rows = _rows(db, select(*_seen_columns(experiments)).where(experiments.c.name == name))
            for experiment_id in [row[0] for row in rows]:
                theirs = cells.c.experiment_id == experiment_id
                rows += _rows(db, select(*stamp_columns()).select_from(runs).join(cells).where(theirs))
                told = select(func.max(events.c.id)).where(events.c.experiment_id == experiment_id)
                rows += _rows(db, told)
            return _stamp(rows)

    def run(self, run_id: str) -> str:
        """Changes with the run, and with what it prints."""
        printed = select(logs.c.attempt, func.length(logs.c.text)).where(logs.c.run_id == run_id)
        with self.database.read() as db:
            rows = _rows(db, select(runs.c.version, runs.c.status).where(runs.c.id == run_id))
            return _stamp(rows + _rows(db, printed.order_by(logs.c.attempt)))


def _seen_columns(table: Any) -> list[ColumnElement[Any]]:
    return [column for column in table.c if column.name not in UNSEEN]


def _seen(within_seconds: float) -> ColumnElement[bool]:
    return workers.c.seen_ms >= clock_ms() - ms(within_seconds)


def _rows(db: Connection, query: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in db.execute(query)]


def _stamp(rows: list[tuple[Any, ...]]) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]
