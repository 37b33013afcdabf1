"""Reads runs and their epochs one by one."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.sql import Select

from evenkeel.claims.packing import unpack
from evenkeel.database import Database, batched
from evenkeel.grids.sharing import Device
from evenkeel.plugins import Outcome
from evenkeel.records.attempts import Attempt
from evenkeel.records.rows import Epoch, Run
from evenkeel.records.status import Status
from evenkeel.schema import attempts, cells, curves, epochs, experiments, has_status, lanes, run_counts, runs
from evenkeel.store.unpacking import to_epochs, unpack_times


class Runs:
    def __init__(self, database: Database) -> None:
        self.database = database

    def all(self, experiment: str | None = None, cell_ids: Iterable[int] | None = None) -> list[Run]:
        """Runs in the order in which they are queued. None stands for every experiment or every cell."""
        query = run_query().order_by(runs.c.created_ms, runs.c.seed, runs.c.cell_id)
        if experiment is not None:
            query = query.where(experiments.c.name == experiment)
        with self.database.read() as db:
            if cell_ids is None:
                return [to_run(row._mapping) for row in db.execute(query)]
            found = [
                to_run(row._mapping)
                for some in batched(sorted(cell_ids))
                for row in db.execute(query.where(runs.c.cell_id.in_(some)))
            ]
        return sorted(found, key=lambda run: (run.created_ms, run.seed, run.cell_id))

    def find(self, run_id: str) -> Run | None:
        with self.database.read() as db:
            row = db.execute(run_query().where(runs.c.id == run_id)).one_or_none()
            return to_run(row._mapping) if row else None

    def some(self, run_ids: Sequence[str]) -> dict[str, Run]:
        """run id -> the run, for those that exist."""
        with self.database.read() as db:
            found = [
                to_run(row._mapping)
                for some in batched(run_ids)
                for row in db.execute(run_query().where(runs.c.id.in_(some)))
            ]
        return {run.id: run for run in found}

    def beginning_with(self, start: str) -> list[Run]:
        """At most two runs whose id begins with `start`, which is hex digits. Two are enough to see that several
        fit."""
        # The index can answer a range. No hex digit comes after "f", so "g" ends it.
        query = run_query().where(runs.c.id.between(start, f"{start}g")).order_by(runs.c.id).limit(2)
        with self.database.read() as db:
            return [to_run(row._mapping) for row in db.execute(query)]

    def epochs(self, run_ids: Sequence[str], after: int = 0) -> dict[str, list[Epoch]]:
        """run id -> the epochs of its current attempt that come after epoch `after`, in order."""
        found: dict[str, list[Epoch]] = {run_id: [] for run_id in run_ids}
        columns = (epochs.c.run_id, epochs.c.epoch, epochs.c.measured, epochs.c.epoch_seconds, epochs.c.logged_ms)
        query = (
            select(*columns)
            .join(runs, and_(runs.c.id == epochs.c.run_id, runs.c.attempt == epochs.c.attempt))
            .where(epochs.c.epoch > after)
            .order_by(epochs.c.run_id, epochs.c.epoch)
        )
        with self.database.read() as db:
            for some in batched(run_ids):
                for row in db.execute(query.where(epochs.c.run_id.in_(some))):
                    found[row.run_id].append(Epoch(*row))
            without = [run_id for run_id, rows in found.items() if not rows]
            packed = select(curves).where(curves.c.logged.is_not(None))
            for some in batched(without):
                for row in db.execute(packed.where(curves.c.run_id.in_(some))):
                    every = to_epochs(row.run_id, unpack(row.metrics, row.packed), unpack_times(row.logged))
                    found[row.run_id] = every[after:]
        return found

    def attempts(self, run_id: str) -> list[Attempt]:
        """The attempts of a run, oldest first."""
        columns = [attempts.c[name] for name in Attempt.__dataclass_fields__]
        query = select(*columns).where(attempts.c.run_id == run_id).order_by(attempts.c.attempt)
        with self.database.read() as db:
            return [Attempt(**row._mapping) for row in db.execute(query)]

    def training(self) -> list[Run]:
        """The runs that train now, in the order in which they began."""
        query = run_query().where(has_status(Status.RUNNING)).order_by(runs.c.started_ms, runs.c.id)
        with self.database.read() as db:
            return [to_run(row._mapping) for row in db.execute(query)]

    def queued(self) -> dict[Device, int]:
        """The number of runs for each device that a worker may take now."""
        query = (
            select(experiments.c.device, func.sum(run_counts.c.n))
            .select_from(run_counts)
            .join(lanes, lanes.c.id == run_counts.c.lane_id)
            .join(experiments)
            .where(run_counts.c.status == Status.QUEUED, ~experiments.c.paused)
            .group_by(experiments.c.device)
            .having(func.sum(run_counts.c.n) > 0)
        )
        with self.database.read() as db:
            return {Device(device): int(count) for device, count in db.execute(query)}


INTERNAL = ("cancel_requested", "pause_requested", "lease_until_ms", "mirrored_version", "lane_id")

_RUN_COLUMNS = (
    *(column for column in runs.c if column.name not in INTERNAL),
    experiments.c.name.label("experiment"),
    cells.c.hash.label("cell_hash"),
    cells.c.task,
    cells.c.levels.label("stored_levels"),
    cells.c.epochs,
    cells.c.plugins,
)


def run_query() -> Select[Any]:
    """A query for the columns that `to_run` turns into a Run."""
    return select(*_RUN_COLUMNS).join(cells, cells.c.id == runs.c.cell_id).join(experiments)


def to_run(row: Any) -> Run:
    values = dict(row)
    outcome = values.pop("outcome")
    return Run(**{**values, "status": Status(values["status"])}, outcome=Outcome(outcome) if outcome else None)
