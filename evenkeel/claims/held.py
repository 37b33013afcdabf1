"""What every change by a claim rests on: the run is running, with the claim's attempt."""

from typing import Any, Protocol

from sqlalchemy import Connection, and_, update
from sqlalchemy.sql import ColumnElement

from evenkeel.records.leases import Lease
from evenkeel.records.status import Status
from evenkeel.schema import attempts, runs


class Attempt(Protocol):
    """One attempt of a run. A claim is one, and so is a row with these columns."""

    @property
    def run_id(self) -> str: ...

    @property
    def attempt(self) -> int: ...


# With these values a run has no copy in MLflow, and the mirror makes a new one in place of the old.
NOT_COPIED: dict[str, Any] = {
    "mlflow_run_id": None,
    "mirrored_attempt": 0,
    "mirrored_epoch": 0,
    "mirrored_checkpoint": 0,
}

# Whether somebody asked the run to stop.
ASKED = runs.c.cancel_requested, runs.c.pause_requested


def is_held(claim: Attempt) -> ColumnElement[bool]:
    """The condition that the claim is valid."""
    return held_by(claim.run_id, claim.attempt)


def held_by(run_id: Any, attempt: Any) -> ColumnElement[bool]:
    """The condition that an attempt is the one that trains a run now, by values or by parameters of a statement."""
    return and_(runs.c.id == run_id, runs.c.status == Status.RUNNING, runs.c.attempt == attempt)


def change(db: Connection, claim: Attempt, **values: Any) -> bool:
    """Change the run of a claim. False if the claim was lost; nothing is written then."""
    changed = db.execute(update(runs).where(is_held(claim)).values(version=runs.c.version + 1, **values))
    return changed.rowcount == 1


def note(db: Connection, attempt: Attempt, **values: Any) -> None:
    """Change the row of an attempt."""
    mine = attempts.c.run_id == attempt.run_id, attempts.c.attempt == attempt.attempt
    db.execute(update(attempts).where(*mine).values(**values))


def lease_of(row: Any) -> Lease:
    """What a row with the columns ASKED says of its claim. The row is None if the claim was lost."""
    if row is None:
        return Lease.LOST
    return Lease.CANCEL if row.cancel_requested else Lease.PAUSE if row.pause_requested else Lease.HELD
