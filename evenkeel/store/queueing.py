"""Takes runs out of the queue and puts them back: what cancelling and retrying have in common for experiments and for
single runs."""

from typing import Any

from sqlalchemy import Connection, case, select, update
from sqlalchemy.sql import ColumnElement, Select

from evenkeel.database import now_ms
from evenkeel.records.status import Status
from evenkeel.schema import cells, experiments, runs
from evenkeel.store.quota import Charge, check_in_flight

WAITING = (Status.QUEUED, Status.PAUSED)
ENDED_WITHOUT_RESULT = (Status.FAILED, Status.CANCELLED)


def lock_experiment(db: Connection, which: ColumnElement[bool]) -> Any:
    """The row (id, name, paused) of an experiment, or None. Until the transaction ends, posts to it wait, and so does
    everything else that locks it. Lock it before its runs, and stop claims before that if you change queued runs:
    otherwise two transactions could wait for each other."""
    columns = experiments.c.id, experiments.c.name, experiments.c.paused
    return db.execute(select(*columns).where(which).with_for_update()).one_or_none()


def runs_of(experiment_id: int) -> ColumnElement[bool]:
    """The runs of an experiment."""
    theirs: Select[tuple[int]] = select(cells.c.id).where(cells.c.experiment_id == experiment_id)
    return runs.c.cell_id.in_(theirs)


def cancel_runs(db: Connection, which: ColumnElement[bool]) -> tuple[int, int]:
    """Cancel the queued and paused runs, and ask the running ones to stop.

    Returns:
        (number of runs that were cancelled, number of runs that were asked to stop).
    """
    # The running ones come first: a worker may give one back meanwhile, and then it is queued.
    stopping = db.execute(update(runs).where(which, runs.c.status == Status.RUNNING).values(cancel_requested=True))
    cancelled = db.execute(
        update(runs)
        .where(which, runs.c.status.in_(WAITING))
        .values(status=Status.CANCELLED, ended_ms=now_ms(), pause_requested=False, version=runs.c.version + 1)
    )
    return cancelled.rowcount, stopping.rowcount


def queue_again(db: Connection, which: ColumnElement[bool], paused: bool, charge: Charge | None = None) -> int:
    """Queue failed and cancelled runs again. If their experiment is paused, they are paused too. Returns their number.

    From now on they belong to the key that is charged, whoever posted them: it is this key that has them in flight.
    None leaves them with their key and asks for no quota.

    A run that was cancelled counts as posted now. Until now the results were those of the other runs alone, and
    whoever looked at them may have decided by them to have more.

    Raises QuotaExceeded.
    """
    changed = db.execute(
        update(runs)
        .where(which, runs.c.status.in_(ENDED_WITHOUT_RESULT))
        .values(
            status=Status.PAUSED if paused else Status.QUEUED,
            posted_by=runs.c.posted_by if charge is None else charge.key_id,
            created_ms=case((runs.c.status == Status.CANCELLED, now_ms()), else_=runs.c.created_ms),
            error=None,
            crashes=0,
            cancel_requested=False,
            pause_requested=False,
            ended_ms=None,
            version=runs.c.version + 1,
        )
    )
    if charge is not None:
        check_in_flight(db, charge, changed.rowcount)
    return changed.rowcount
