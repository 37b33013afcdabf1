"""Experiments: which exist, and what can be done to them (share, pause, resume, cancel, retry)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.sql import ColumnElement

from evenkeel.database import Database
from evenkeel.grids.about import About
from evenkeel.grids.sharing import Device, Sharing
from evenkeel.journal.telling import count, noted, shared, tell
from evenkeel.records.events import EventKind
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
    """What is done is told as an event. `by` is the id of the API key of who does it; '' if the lab has no keys."""

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

    def change(self, name: str, sharing: Sharing | None = None, about: About | None = None, by: str = "") -> None:
        """Change an experiment's priority, limit, device or threads, or its note and tags. Runs that already train go
        on. Raises ThreadsFixed."""
        with self.database.write() as db:
            self.database.stop_claims(db)
            if (found := lock_experiment(db, experiments.c.name == name)) is None:
                return
            if changed := set_sharing(db, found.id, sharing or Sharing()):
                tell(db, found.id, EventKind.SHARED, shared(changed), by)
            if changed := _set_columns(db, found.id, _given(about or About())):
                tell(db, found.id, EventKind.NOTED, noted(changed), by)

    def pause(self, name: str, by: str = "") -> tuple[int, int]:
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
            paused = _move(db, theirs, Status.QUEUED, Status.PAUSED)
            if not found.paused:
                says = f"paused: {count(paused, 'run')} waiting, {count(stopping, 'run')} stopping at a checkpoint"
                tell(db, found.id, EventKind.PAUSED, says, by)
            return paused, stopping

    def resume(self, name: str, by: str = "") -> int:
        """Let a paused experiment go on: queue its paused runs. Returns their number."""
        with self.database.write() as db:
            if (found := lock_experiment(db, experiments.c.name == name)) is None:
                return 0
            db.execute(update(experiments).where(experiments.c.id == found.id).values(paused=False))
            theirs = runs_of(found.id)
            # A run that has not stopped yet goes on.
            db.execute(update(runs).where(theirs, runs.c.pause_requested).values(pause_requested=False))
            queued = _move(db, theirs, Status.PAUSED, Status.QUEUED)
            if found.paused:
                tell(db, found.id, EventKind.RESUMED, f"resumed: {count(queued, 'run')} queued again", by)
            return queued

    def cancel(self, name: str, by: str = "") -> tuple[int, int]:
        """Cancel the queued and paused runs and ask the running ones to stop. Returns (number cancelled, number asked
        to stop)."""
        with self.database.write() as db:
            self.database.stop_claims(db)
            if (found := lock_experiment(db, experiments.c.name == name)) is None:
                return 0, 0
            cancelled, stopping = cancel_runs(db, runs_of(found.id))
            stop_rule(db, name)
            if cancelled or stopping:
                says = f"{count(cancelled, 'run')} cancelled, {count(stopping, 'run')} asked to stop"
                tell(db, found.id, EventKind.CANCELLED, says, by)
            return cancelled, stopping

    def retry(self, name: str, charge: Charge | None = None) -> int:
        """Queue the failed and cancelled runs of an experiment again: see `queue_again`. Returns their number. Raises
        QuotaExceeded."""
        with self.database.write() as db:
            if (found := lock_experiment(db, experiments.c.name == name)) is None:
                return 0
            queued = queue_again(db, runs_of(found.id), found.paused, charge)
            if queued:
                go_on(db, name)
                says = f"{count(queued, 'failed or cancelled run')} queued again"
                tell(db, found.id, EventKind.RETRIED, says, charge.key_id if charge else "")
            return queued


def set_sharing(db: Connection, experiment_id: int, sharing: Sharing) -> dict[str, Any]:
    """Change the columns that `sharing` names. While it may change the threads, claims must be stopped. Raises
    ThreadsFixed.

    Returns:
        The columns that had another value, with the new one.
    """
    if sharing.threads is not None:
        _check_threads(db, experiment_id, sharing.threads)
    no_limit = {"max_running": None} if sharing.max_running == 0 else {}
    return _set_columns(db, experiment_id, _given(sharing) | no_limit)


def _set_columns(db: Connection, experiment_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """Change the columns of an experiment that are to have another value than they have. Returns those."""
    this = experiments.c.id == experiment_id
    now = db.execute(select(experiments).where(this)).one()._mapping
    changed = {name: value for name, value in values.items() if value != now[name]}
    if changed:
        db.execute(update(experiments).where(this).values(changed))
    return changed


def _given(changes: object) -> dict[str, Any]:
    """The attributes that are to be changed."""
    return {name: value for name, value in vars(changes).items() if value is not None}


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
