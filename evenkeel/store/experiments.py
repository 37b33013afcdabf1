"""Experiments: which exist, and what can be done to them (share, pause, resume, cancel, retry)."""

from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.sql import ColumnElement

from evenkeel.database import Database
from evenkeel.grids.sharing import Device, Sharing
from evenkeel.records.rows import Experiment
from evenkeel.records.status import Status
from evenkeel.schema import cells, experiments, runs
from evenkeel.store.queueing import cancel_runs, lock_experiment, queue_again, runs_of
from evenkeel.store.quota import Charge
from evenkeel.store.rules import go_on, read_rule, stop_rule


class ThreadsFixed(Exception):
    """An experiment keeps its number of threads once runs have started: another would change the last bits of them."""

    def __init__(self, threads: int, started: int) -> None:
        super().__init__(
            f"the runs of this experiment compute with {threads}, and {started} of them have started; results of "
            f"another number differ in their last bits, so it stays; allowed: {threads}, or any number in a new "
            "experiment"
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

    def tasks(self, name: str) -> list[str]:
        """The tasks of the experiment's cells, the one that was posted first before the others."""
        query = select(cells.c.task).join(experiments).where(experiments.c.name == name)
        with self.database.read() as db:
            return list(db.scalars(query.group_by(cells.c.task).order_by(func.min(cells.c.id))))

    def share(self, name: str, sharing: Sharing) -> None:
        """Change an experiment's priority, limit, device or threads. Runs that already train go on. Raises
        ThreadsFixed."""
        with self.database.write() as db:
            self.database.stop_claims(db)
            if (found := lock_experiment(db, experiments.c.name == name)) is not None:
                set_sharing(db, found.id, sharing)

    def pause(self, name: str) -> tuple[int, int]:
        """Pause an experiment: its queued runs, those that are posted from now on, and the running ones, which are
        asked to stop at a checkpoint. Returns (number of runs paused now, number of runs that still train)."""
        with self.database.write() as db:
            self.database.stop_claims(db)
            if (found := lock_experiment(db, experiments.c.name == name)) is None:
                return 0, 0
            db.execute(update(experiments).where(experiments.c.id == found.id).values(paused=True))
            theirs = runs_of(found.id)
            # The running ones come first: a worker may give one back meanwhile, and then it is queued.
            running = update(runs).where(theirs, runs.c.status == Status.RUNNING).values(pause_requested=True)
            stopping = db.execute(running).rowcount
            return _move(db, theirs, Status.QUEUED, Status.PAUSED), stopping

    def resume(self, name: str) -> int:
        """Let a paused experiment go on: queue its paused runs. Returns their number."""
        with self.database.write() as db:
            if (found := lock_experiment(db, experiments.c.name == name)) is None:
                return 0
            db.execute(update(experiments).where(experiments.c.id == found.id).values(paused=False))
            theirs = runs_of(found.id)
            # A run that has not stopped yet goes on.
            db.execute(update(runs).where(theirs, runs.c.pause_requested).values(pause_requested=False))
            return _move(db, theirs, Status.PAUSED, Status.QUEUED)

    def cancel(self, name: str) -> tuple[int, int]:
        """Cancel the queued and paused runs and ask the running ones to stop. Returns (number cancelled, number asked
        to stop)."""
        with self.database.write() as db:
            self.database.stop_claims(db)
            if (found := lock_experiment(db, experiments.c.name == name)) is None:
                return 0, 0
            counts = cancel_runs(db, runs_of(found.id))
            stop_rule(db, name)
            return counts

    def retry(self, name: str, charge: Charge | None = None) -> int:
        """Queue the failed and cancelled runs of an experiment again: see `queue_again`. Returns their number. Raises
        QuotaExceeded."""
        with self.database.write() as db:
            if (found := lock_experiment(db, experiments.c.name == name)) is None:
                return 0
            queued = queue_again(db, runs_of(found.id), found.paused, charge)
            if queued:
                go_on(db, name)
            return queued


def set_sharing(db: Connection, experiment_id: int, sharing: Sharing) -> None:
    """Change the columns that `sharing` names. While it may change the threads, claims must be stopped. Raises
    ThreadsFixed."""
    changes = {name: value for name, value in vars(sharing).items() if value is not None}
    if sharing.max_running == 0:
        changes["max_running"] = None
    if sharing.threads is not None:
        _check_threads(db, experiment_id, sharing.threads)
    if changes:
        db.execute(update(experiments).where(experiments.c.id == experiment_id).values(changes))


def _check_threads(db: Connection, experiment_id: int, threads: int) -> None:
    now = db.scalars(select(experiments.c.threads).where(experiments.c.id == experiment_id)).one()
    started = select(func.count()).select_from(runs).where(runs_of(experiment_id), runs.c.attempt > 0)
    if threads != now and (num_started := db.scalar(started)):
        raise ThreadsFixed(now, num_started)


def _to_experiment(row: Any) -> Experiment:
    values = {name: value for name, value in row._mapping.items() if name != "served_ms"}
    read = {"device": Device(row.device), "rule": read_rule(row.rule), "tags": tuple(row.tags)}
    return Experiment(**values | read)


def _move(db: Connection, which: ColumnElement[bool], before: Status, after: Status) -> int:
    """Give the runs of one status another. Returns their number."""
    changes = {"status": after, "pause_requested": False, "version": runs.c.version + 1}
    return db.execute(update(runs).where(which, runs.c.status == before).values(changes)).rowcount
