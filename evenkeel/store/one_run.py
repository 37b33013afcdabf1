"""What can be done to a single run: cancel it, and queue it again."""

from sqlalchemy import Connection, select

from evenkeel.database import Database
from evenkeel.journal.telling import tell
from evenkeel.records.events import EventKind
from evenkeel.records.status import Status
from evenkeel.schema import cells, experiments, runs
from evenkeel.store.queueing import cancel_runs, lock_experiment, queue_again
from evenkeel.store.quota import Charge
from evenkeel.store.rules import go_on


class OneRun:
    """Each method returns the status that the run has afterwards, and whether the method changed or asked for
    something. It returns None if there is no such run."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def cancel(self, run_id: str, by: str = "") -> tuple[Status, bool] | None:
        """Cancel a queued or paused run, or ask a running one to stop. by: id of the API key of who asks."""
        with self.database.write() as db:
            cancelled, stopping = cancel_runs(db, runs.c.id == run_id)
            if cancelled or stopping:
                says = "was cancelled" if cancelled else "was asked to stop"
                tell(db, _experiment_of(db, run_id), EventKind.CANCELLED, says, by, run_id)
            return _after(db, run_id, cancelled + stopping > 0)

    def retry(self, run_id: str, charge: Charge | None = None) -> tuple[Status, bool] | None:
        """Queue a failed or cancelled run again. It is paused if its experiment is. Raises QuotaExceeded."""
        with self.database.write() as db:
            found = lock_experiment(db, experiments.c.id == _experiment_of(db, run_id))
            if found is None:
                return None
            queued = queue_again(db, runs.c.id == run_id, found.paused, charge)
            if queued:
                go_on(db, found.name)
                by = charge.key_id if charge else ""
                tell(db, found.id, EventKind.RETRIED, "was queued again", by, run_id)
            return _after(db, run_id, queued > 0)


def _experiment_of(db: Connection, run_id: str) -> int:
    """The id of the experiment of a run; -1 if there is no such run."""
    its_experiment = select(cells.c.experiment_id).join(runs, runs.c.cell_id == cells.c.id).where(runs.c.id == run_id)
    found = db.scalar(its_experiment)
    return -1 if found is None else found


def _after(db: Connection, run_id: str, changed: bool) -> tuple[Status, bool] | None:
    status = db.scalar(select(runs.c.status).where(runs.c.id == run_id))
    return None if status is None else (Status(status), changed)
