"""Experiments: which exist, and what can be done to them (share, cancel, retry, delete a cell)."""

from typing import Any

from sqlalchemy import case, delete, select, update
from sqlalchemy.sql import Select

from evenkeel.grids.sharing import Device, Sharing
from evenkeel.lab.store.database import Database, now_ms
from evenkeel.lab.store.rules import go_on, read_rule, stop_rule
from evenkeel.lab.store.schema import attempts, cells, correct, curves, epochs, experiments, runs
from evenkeel.records.rows import Experiment
from evenkeel.records.status import Status


class CellTrains(Exception):
    """A cell cannot be deleted while its runs train. `training` is the number of runs that do."""

    def __init__(self, training: int) -> None:
        super().__init__(
            f"runs of this cell that train now: {training}; cancel the experiment, or wait until they have ended"
        )


class Experiments:
    def __init__(self, database: Database) -> None:
        self.database = database

    def all(self) -> list[Experiment]:
        """Every experiment, oldest first."""
        with self.database.read() as db:
            return [_to_experiment(row) for row in db.execute(select(experiments).order_by(experiments.c.id))]

    def find(self, name: str) -> Experiment | None:
        with self.database.read() as db:
            row = db.execute(select(experiments).where(experiments.c.name == name)).one_or_none()
            return _to_experiment(row) if row else None

    def share(self, name: str, sharing: Sharing) -> None:
        """Change an experiment's priority, limit or device. Runs that already train go on."""
        if changes := sharing_values(sharing):
            with self.database.write() as db:
                db.execute(update(experiments).where(experiments.c.name == name).values(changes))

    def cancel(self, name: str) -> tuple[int, int]:
        """Cancel the queued runs and ask the running ones to stop. Returns (number cancelled, number asked to stop)."""
        theirs = runs.c.cell_id.in_(_cell_ids(name))
        with self.database.write() as db:
            queued = db.execute(
                update(runs)
                .where(theirs, runs.c.status == Status.QUEUED)
                .values(status=Status.CANCELLED, ended_ms=now_ms(), version=runs.c.version + 1)
            )
            running = db.execute(
                update(runs).where(theirs, runs.c.status == Status.RUNNING).values(cancel_requested=True)
            )
            stop_rule(db, name)
            return queued.rowcount, running.rowcount

    def retry(self, name: str) -> int:
        """Queue the failed and cancelled runs of an experiment again. Returns their number.

        A run that was cancelled counts as posted now. Until now the results were those of the other runs alone, and
        whoever looked at them may have decided by them to have more.
        """
        ended = runs.c.status.in_([Status.FAILED, Status.CANCELLED])
        with self.database.write() as db:
            queued = db.execute(
                update(runs)
                .where(runs.c.cell_id.in_(_cell_ids(name)), ended)
                .values(
                    status=Status.QUEUED,
                    created_ms=case((runs.c.status == Status.CANCELLED, now_ms()), else_=runs.c.created_ms),
                    error=None,
                    crashes=0,
                    cancel_requested=False,
                    ended_ms=None,
                    version=runs.c.version + 1,
                )
            )
            if queued.rowcount:
                go_on(db, name)
            return queued.rowcount

    def forget(self, experiment_id: int, cell_hash: str) -> tuple[int, int] | None:
        """Delete a cell of an experiment, its runs and their epochs.

        Returns:
            (number of runs, number of epochs); None if there is no such cell.

        Raises:
            CellTrains: a run of the cell trains; nothing is deleted.
        """
        its_cell = cells.c.experiment_id == experiment_id, cells.c.hash == cell_hash
        with self.database.write() as db:
            self.database.stop_claims(db)
            # This locks the row. A post that adds runs to the experiment waits until it is free.
            db.execute(select(experiments.c.id).where(experiments.c.id == experiment_id).with_for_update())
            cell_id = db.scalar(select(cells.c.id).where(*its_cell))
            if cell_id is None:
                return None
            its_runs = runs.c.cell_id == cell_id
            if training := list(db.scalars(select(runs.c.status).where(its_runs))).count(Status.RUNNING):
                raise CellTrains(training)
            run_ids = select(runs.c.id).where(its_runs)
            for table in (curves, correct, attempts):
                db.execute(delete(table).where(table.c.run_id.in_(run_ids)))
            num_epochs = db.execute(delete(epochs).where(epochs.c.run_id.in_(run_ids))).rowcount
            num_runs = db.execute(delete(runs).where(its_runs)).rowcount
            db.execute(delete(cells).where(cells.c.id == cell_id))
            return num_runs, num_epochs


def sharing_values(sharing: Sharing) -> dict[str, Any]:
    """The columns that `sharing` changes, with their new values."""
    changes = {name: value for name, value in vars(sharing).items() if value is not None}
    if sharing.max_running == 0:
        changes["max_running"] = None
    return changes


def _to_experiment(row: Any) -> Experiment:
    values = {name: value for name, value in row._mapping.items() if name != "served_ms"}
    return Experiment(**values | {"device": Device(row.device), "rule": read_rule(row.rule)})


def _cell_ids(experiment: str) -> Select[tuple[int]]:
    return select(cells.c.id).join(experiments).where(experiments.c.name == experiment)
