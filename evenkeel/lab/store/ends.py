"""Ends the attempts of runs other than as finished. `evenkeel.records.endings` says what becomes of their runs."""

from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.sql import ColumnElement

from evenkeel.lab.store import history
from evenkeel.lab.store.database import clock_ms
from evenkeel.lab.store.held import note
from evenkeel.lab.store.schema import attempts, runs
from evenkeel.records.endings import COUNTED, Reason, what_next
from evenkeel.records.status import Status

TERMINAL = (Status.FAILED, Status.CANCELLED)


def end(db: Connection, which: ColumnElement[bool], reason: Reason, error: str = "", max_crashes: int = 1) -> list[str]:
    """End the attempts of the running runs that `which` selects. Returns the ids of the runs.

    What earlier attempts had measured beyond this one stays: it was trained, and the next attempt measures the same.
    """
    columns = runs.c.id.label("run_id"), runs.c.attempt, runs.c.crashes, runs.c.cancel_requested, runs.c.pause_requested
    query = select(*columns).where(runs.c.status == Status.RUNNING, which).order_by(runs.c.id).with_for_update()
    ended = db.execute(query).all()
    for run in ended:
        asked = Status.CANCELLED if run.cancel_requested else Status.PAUSED if run.pause_requested else None
        step = what_next(reason, error, run.crashes, _crashes(db, run), asked, max_crashes)
        history.adopt(db, run)
        db.execute(
            update(runs)
            .where(runs.c.id == run.run_id)
            .values(
                status=step.status,
                crashes=step.crashes,
                error=step.error,
                num_epochs=history.length(db, run.run_id),
                pause_requested=False,
                lease_until_ms=None,
                ended_ms=clock_ms() if step.status in TERMINAL else None,
                version=runs.c.version + 1,
            )
        )
        # A worker that stops because it was asked to gives its run back. What was asked for says why.
        why = Reason(asked) if asked and reason is Reason.STOPPED else reason
        note(db, run, ended_ms=clock_ms(), ending=why, error=step.error)
    return [run.run_id for run in ended]


def _crashes(db: Connection, run: Any) -> list[str]:
    """The reasons of the crashes since the run's last new checkpoint, newest first."""
    counted = attempts.c.run_id == run.run_id, attempts.c.ending.in_(COUNTED)
    query = select(attempts.c.ending).where(*counted).order_by(attempts.c.attempt.desc()).limit(run.crashes)
    return list(db.scalars(query))
