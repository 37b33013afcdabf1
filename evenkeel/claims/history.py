"""The epochs of a run over its attempts. A run has at most one row for each epoch.

When an attempt begins, it adopts the epochs that its checkpoint had trained: their rows get its number. Later epochs
are left over. The attempt trains them again, and with the same arithmetic it measures the same. Then the row of the
first time is adopted, with its time, so that the copy in MLflow stays true. An epoch that was measured otherwise takes
the place of what is left over from there on, and the run is copied to MLflow anew.
"""

import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, select, update
from sqlalchemy.sql import ColumnElement

from evenkeel.claims.held import Attempt
from evenkeel.database import Database
from evenkeel.records.rows import Epoch
from evenkeel.schema import epochs

# Nothing is left over for the first attempt.
FIRST = 1


def recorded(db: Connection, run_id: str) -> int:
    """The number of epochs that the attempts of a run have recorded, from 1 without a gap."""
    query = select(epochs.c.epoch).where(epochs.c.run_id == run_id).order_by(epochs.c.epoch).distinct()
    return sum(1 for place, epoch in enumerate(db.scalars(query), 1) if epoch == place)


def adopt(db: Connection, mine: Attempt, *which: ColumnElement[bool]) -> None:
    """Give the left over epochs that `which` selects to this attempt.

    Earlier versions kept the epochs of every attempt. Of theirs the newest is adopted.
    """
    if mine.attempt == FIRST:
        return
    newer = epochs.alias()
    same = newer.c.run_id == epochs.c.run_id, newer.c.epoch == epochs.c.epoch, newer.c.attempt > epochs.c.attempt
    db.execute(delete(epochs).where(_left_over(mine), exists(newer.c.epoch).where(*same)))
    db.execute(update(epochs).where(_left_over(mine), *which).values(attempt=mine.attempt))


def until(epoch: int) -> ColumnElement[bool]:
    """The condition for `adopt` that an epoch is not after this one."""
    return epochs.c.epoch <= epoch


def drop(db: Connection, mine: Attempt, first: int = 1) -> int:
    """Delete what is left over from epoch `first` on. Returns the number of epochs."""
    if mine.attempt == FIRST:
        return 0
    return db.execute(delete(epochs).where(_left_over(mine), epochs.c.epoch >= first)).rowcount


def append(database: Database, db: Connection, mine: Attempt, epoch: Epoch) -> bool:
    """Write the next epoch of this attempt. False if the same epoch was measured otherwise before."""
    measured = _as_json(epoch.values)
    this = epochs.c.epoch == epoch.epoch
    newest = select(epochs.c.measured).where(_left_over(mine), this).order_by(epochs.c.attempt.desc()).limit(1)
    before = [] if mine.attempt == FIRST else db.scalars(newest).all()
    if measured in before:
        adopt(db, mine, this)
        return True
    if before:
        drop(db, mine, epoch.epoch)
    row = vars(epoch) | {"attempt": mine.attempt, "measured": measured}
    del row["values"]
    db.execute(database.insert(epochs).on_conflict_do_nothing(), row)
    return not before


def numbers(db: Connection, mine: Attempt) -> list[int]:
    """The epochs that this attempt has measured or adopted, in order."""
    theirs = epochs.c.run_id == mine.run_id, epochs.c.attempt == mine.attempt
    return list(db.scalars(select(epochs.c.epoch).where(*theirs).order_by(epochs.c.epoch)))


def length(db: Connection, run_id: str) -> int:
    """The number of the run's last epoch; 0 if it has none."""
    return db.scalar(select(func.max(epochs.c.epoch)).where(epochs.c.run_id == run_id)) or 0


def _left_over(mine: Attempt) -> ColumnElement[bool]:
    return and_(epochs.c.run_id == mine.run_id, epochs.c.attempt < mine.attempt)


def _as_json(values: Mapping[str, float | None]) -> dict[str, Any]:
    """NaN and infinity become null: JSON cannot express them, and Postgres refuses a row that contains them."""
    return {name: value if value is not None and math.isfinite(value) else None for name, value in values.items()}
