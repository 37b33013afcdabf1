"""Deletes what is no longer wanted: a cell of an experiment, with its runs."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.sql import ColumnElement

from evenkeel.lab.store.database import Database
from evenkeel.lab.store.queueing import lock_experiment
from evenkeel.lab.store.schema import attempts, cells, correct, curves, epochs, experiments, runs
from evenkeel.records.status import Status


class CellTrains(Exception):
    """A cell cannot be deleted while its runs train. `training` is the number of runs that do."""

    def __init__(self, training: int) -> None:
        super().__init__(
            f"runs of this cell that train now: {training}; cancel the experiment, or wait until they have ended"
        )


class Deletions:
    def __init__(self, database: Database) -> None:
        self.database = database

    def forget(self, experiment_id: int, cell_hash: str) -> tuple[int, int] | None:
        """Delete a cell of an experiment, its runs and their epochs.

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
            counts = _delete_runs(db, its_runs)
            db.execute(delete(cells).where(cells.c.id == cell_id))
            return counts


def _training(db: Connection, which: ColumnElement[bool]) -> int:
    """How many of the runs train now."""
    return list(db.scalars(select(runs.c.status).where(which))).count(Status.RUNNING)


def _delete_runs(db: Connection, which: ColumnElement[bool]) -> tuple[int, int]:
    """Delete runs with all that was stored about them. Returns (number of runs, number of epochs)."""
    run_ids = select(runs.c.id).where(which)
    for table in (curves, correct, attempts):
        db.execute(delete(table).where(table.c.run_id.in_(run_ids)))
    num_epochs = db.execute(delete(epochs).where(epochs.c.run_id.in_(run_ids))).rowcount
    return db.execute(delete(runs).where(which)).rowcount, num_epochs
