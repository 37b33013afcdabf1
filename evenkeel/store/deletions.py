"""Deletes what is no longer wanted, a cell or a whole experiment, and remembers what was deleted.

Workers read from that which checkpoints to remove from their disks. The mirror reads from it what to move to MLflow's
trash."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, exists, func, insert, literal, select, update
from sqlalchemy.sql import ColumnElement

from evenkeel.database import Database, batched, now_ms
from evenkeel.journal.telling import count, tell
from evenkeel.records.events import EventKind
from evenkeel.records.imports import task_name
from evenkeel.records.status import Status
from evenkeel.schema import (
    attempts,
    cells,
    correct,
    curves,
    deleted_experiments,
    deleted_runs,
    epochs,
    events,
    experiments,
    imported,
    lanes,
    logs,
    plugins,
    runs,
)
from evenkeel.store.queueing import lock_experiment, runs_of


class CellTrains(Exception):
    """A cell cannot be deleted while its runs train. `training` is the number of runs that do."""

    def __init__(self, training: int) -> None:
        super().__init__(
            f"runs of this cell that train now: {training}; cancel the experiment, or wait until they have ended"
        )


class ExperimentTrains(Exception):
    """An experiment cannot be deleted while its runs train."""

    def __init__(self, name: str, training: int) -> None:
        super().__init__(
            f"runs of {name} that train now: {training}; stop them with evenkeel cancel {name}, or wait until they "
            "have ended"
        )


@dataclass(frozen=True)
class DeletedExperiment:
    """An experiment that was deleted here, and whose copy in MLflow is not in MLflow's trash yet."""

    id: int
    name: str
    mlflow_experiment_id: str
    deleted_ms: int


class Deletions:
    def __init__(self, database: Database) -> None:
        self.database = database

    def forget(self, experiment_id: int, cell_hash: str, name: str = "", by: str = "") -> tuple[int, int] | None:
        """Delete a cell of an experiment, its runs and their epochs.

        Args:
            name: the name of the cell; '' if it cannot be read.
            by: id of the API key of who asks.

        Returns:
            (number of runs, number of epochs); None if there is no such cell.

        Raises:
            CellTrains: a run of the cell trains; nothing is deleted.
        """
        with self.database.write() as db:
            self.database.stop_claims(db)
            lock_experiment(db, experiments.c.id == experiment_id)
            which = cells.c.experiment_id == experiment_id, cells.c.hash == cell_hash
            cell_id = db.scalar(select(cells.c.id).where(*which))
            if cell_id is None:
                return None
            its_runs = runs.c.cell_id == cell_id
            if training := _training(db, its_runs):
                raise CellTrains(training)
            num_runs, num_epochs = _delete_runs(db, its_runs)
            db.execute(delete(cells).where(cells.c.id == cell_id))
            says = f"the cell {name or cell_hash} deleted with {count(num_runs, 'run')}"
            tell(db, experiment_id, EventKind.FORGOTTEN, says, by)
            return num_runs, num_epochs

    def delete(self, name: str) -> tuple[int, int, int] | None:
        """Delete an experiment with all that was stored about it.

        Returns:
            (number of cells, number of runs, number of epochs); None if there is no such experiment.

        Raises:
            ExperimentTrains: a run of it trains; nothing is deleted.
        """
        with self.database.write() as db:
            self.database.stop_claims(db)
            if (found := lock_experiment(db, experiments.c.name == name)) is None:
                return None
            its_runs, this, mine = runs_of(found.id), experiments.c.id == found.id, lanes.c.experiment_id == found.id
            if training := _training(db, its_runs):
                raise ExperimentTrains(name, training)
            num_runs, num_epochs = _delete_runs(db, its_runs)
            num_cells = db.execute(delete(cells).where(cells.c.experiment_id == found.id)).rowcount
            columns = ["name", "mlflow_experiment_id", "deleted_ms"]
            its_row = select(experiments.c.name, experiments.c.mlflow_experiment_id, literal(now_ms())).where(this)
            db.execute(insert(deleted_experiments).from_select(columns, its_row))
            db.execute(delete(plugins).where(plugins.c.task == task_name(name)))
            # Its counts are 0 now. `Lanes.sum_up` removes them, and may do so at this moment.
            db.execute(delete(lanes).where(mine))
            db.execute(delete(events).where(events.c.experiment_id == found.id))
            db.execute(delete(experiments).where(this))
            return num_cells, num_runs, num_epochs

    def among(self, run_ids: Sequence[str]) -> set[str]:
        """Which of the runs were deleted."""
        query = select(deleted_runs.c.run_id)
        with self.database.read() as db:
            return {
                run_id
                for some in batched(run_ids)
                for run_id in db.scalars(query.where(deleted_runs.c.run_id.in_(some)))
            }

    def untrashed(self) -> list[DeletedExperiment]:
        """The deleted experiments that have a copy in MLflow which no other experiment uses, and which is not in
        MLflow's trash yet."""
        table = deleted_experiments
        columns = table.c.id, table.c.name, table.c.mlflow_experiment_id, table.c.deleted_ms
        used = exists().where(experiments.c.mlflow_experiment_id == table.c.mlflow_experiment_id)
        copied = table.c.mlflow_experiment_id.is_not(None), table.c.trashed_ms.is_(None), ~used
        with self.database.read() as db:
            return [DeletedExperiment(*row) for row in db.execute(select(*columns).where(*copied))]

    def mark_trashed(self, deleted_id: int) -> None:
        with self.database.write() as db:
            which = deleted_experiments.c.id == deleted_id
            db.execute(update(deleted_experiments).where(which).values(trashed_ms=now_ms()))


def _training(db: Connection, which: ColumnElement[bool]) -> int:
    """How many of the runs train now."""
    return list(db.scalars(select(runs.c.status).where(which))).count(Status.RUNNING)


def _delete_runs(db: Connection, which: ColumnElement[bool]) -> tuple[int, int]:
    """Delete runs with all that was stored about them. Returns (number of runs, number of epochs)."""
    run_ids = select(runs.c.id).where(which)
    remembered = select(runs.c.id, literal(now_ms())).where(which)
    # Neither imported runs nor those whose epochs were packed have a row for each epoch.
    without_rows = exists().where(imported.c.run_id == runs.c.id) | curves.c.logged.is_not(None)
    packed = db.scalar(select(func.sum(runs.c.num_epochs)).outerjoin(curves).where(which, without_rows)) or 0
    db.execute(insert(deleted_runs).from_select(["run_id", "deleted_ms"], remembered))
    # The last lines of a run may come after its end. From here on they wait, and then find no run.
    db.execute(select(runs.c.id).where(which).with_for_update())
    for table in (curves, correct, logs, attempts, imported):
        db.execute(delete(table).where(table.c.run_id.in_(run_ids)))
    num_epochs = packed + db.execute(delete(epochs).where(epochs.c.run_id.in_(run_ids))).rowcount
    return db.execute(delete(runs).where(which)).rowcount, num_epochs
