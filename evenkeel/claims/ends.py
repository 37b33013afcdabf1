"""Ends the attempts of runs. `evenkeel.records.endings` says what becomes of the runs."""

from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.sql import ColumnElement

from evenkeel.claims import history
from evenkeel.claims.held import ASKED, NOT_COPIED, Attempt, change, is_held, note
from evenkeel.claims.packing import pack_curves
from evenkeel.database import Database, clock_ms
from evenkeel.journal.telling import tell
from evenkeel.plugins import Outcome
from evenkeel.records.endings import COUNTED, ENDINGS, NextStep, Reason, in_a_line, what_is_missing, what_next
from evenkeel.records.events import EventKind
from evenkeel.records.status import Status
from evenkeel.schema import attempts, cells, curves, runs

TERMINAL = (Status.FAILED, Status.CANCELLED)


def finish(
    database: Database,
    db: Connection,
    mine: Attempt,
    outcome: Outcome,
    diverged_epoch: int | None,
    trained: int | None = None,
) -> bool:
    """End a run as finished, or as failed if epochs of it are missing. False if the attempt is no longer the run's.

    Args:
        trained: The number of epochs that it trained, if its task may end before the last one.
    """
    columns = cells.c.epochs, cells.c.experiment_id
    query = select(*columns).select_from(runs).join(cells, cells.c.id == runs.c.cell_id).where(is_held(mine))
    if (its_cell := db.execute(query.with_for_update(of=runs)).one_or_none()) is None:
        return False
    needed = its_cell.epochs if trained is None else trained
    if missing := what_is_missing(outcome, diverged_epoch, history.numbers(db, mine), needed):
        return bool(end(db, is_held(mine), Reason.ERROR, missing))
    # Epochs after the end were measured by an attempt that computed otherwise.
    copy = NOT_COPIED if history.drop(db, mine) else {}
    ended = {"outcome": outcome, "diverged_epoch": diverged_epoch, "lease_until_ms": None, "ended_ms": clock_ms()}
    change(db, mine, status=Status.FINISHED, pause_requested=False, **ended, **copy)
    db.execute(database.insert(curves).values(pack_curves(db, mine.run_id)).on_conflict_do_nothing())
    note(db, mine, ended_ms=clock_ms(), ending=Reason.FINISHED)
    if outcome is Outcome.DIVERGED:
        tell(db, its_cell.experiment_id, EventKind.DIVERGED, f"diverged in epoch {diverged_epoch}", run_id=mine.run_id)
    return True


def end(db: Connection, which: ColumnElement[bool], reason: Reason, error: str = "", max_crashes: int = 1) -> list[str]:
    """End the attempts of the running runs that `which` selects. Returns the ids of the runs.

    What earlier attempts had measured beyond this one stays: it was trained, and the next attempt measures the same.
    """
    columns = runs.c.id.label("run_id"), runs.c.attempt, runs.c.crashes, *ASKED, cells.c.experiment_id
    query = select(*columns).join(cells, cells.c.id == runs.c.cell_id).where(runs.c.status == Status.RUNNING, which)
    query = query.order_by(runs.c.id).with_for_update(of=runs)
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
        if ENDINGS[reason].says:
            _tell_what_went_wrong(db, run, step)
    return [run.run_id for run in ended]


def _tell_what_went_wrong(db: Connection, run: Any, step: NextStep) -> None:
    failed = step.status is Status.FAILED
    says = f"{'failed' if failed else f'was interrupted in attempt {run.attempt}'}: {in_a_line(step.error)}"
    tell(db, run.experiment_id, EventKind.FAILED if failed else EventKind.INTERRUPTED, says, run_id=run.run_id)


def _crashes(db: Connection, run: Any) -> list[str]:
    """The reasons of the crashes since the run's last new checkpoint, newest first."""
    counted = attempts.c.run_id == run.run_id, attempts.c.ending.in_(COUNTED)
    query = select(attempts.c.ending).where(*counted).order_by(attempts.c.attempt.desc()).limit(run.crashes)
    return list(db.scalars(query))
