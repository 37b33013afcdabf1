"""Reads what happened to an experiment, newest first. Each event was written when it happened (`telling`), so an index
gives the newest of them, however many runs the experiment has."""

from sqlalchemy import func, select

from evenkeel.database import Database
from evenkeel.records.events import EventKind, StoredEvent
from evenkeel.schema import events, experiments


class Events:
    def __init__(self, database: Database) -> None:
        self.database = database

    def newest(self, experiment_id: int, limit: int) -> list[StoredEvent]:
        """At most `limit` things that happened to an experiment or to its runs."""
        mine = select(events).where(events.c.experiment_id == experiment_id)
        with self.database.read() as db:
            rows = db.execute(mine.order_by(events.c.at_ms.desc(), events.c.id.desc()).limit(limit))
            return [StoredEvent(row.at_ms, EventKind(row.kind), row.says, row.by, row.run_id) for row in rows]

    def last_ms(self) -> dict[int, int]:
        """experiment id -> when something last happened to it, for those where that is known."""
        # One look at the index for each experiment, not one for each event.
        last = select(func.max(events.c.at_ms)).where(events.c.experiment_id == experiments.c.id).scalar_subquery()
        with self.database.read() as db:
            return {row[0]: row[1] for row in db.execute(select(experiments.c.id, last)) if row[1] is not None}

    def last_ms_of(self, experiment_id: int) -> int:
        """The same of one experiment; 0 if it is not known."""
        last = select(events.c.at_ms).where(events.c.experiment_id == experiment_id)
        with self.database.read() as db:
            return db.scalar(last.order_by(events.c.at_ms.desc()).limit(1)) or 0
