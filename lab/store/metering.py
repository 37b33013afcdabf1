"""Numbers for whoever watches the lab: few queries, none over epochs."""

from sqlalchemy import func, select

from lab.status import Outcome, Status
from lab.store.database import Database, now_ms
from lab.store.schema import duties, runs


class Metering(Database):
    def count_by_status(self) -> dict[tuple[Status, Outcome | None], int]:
        query = select(runs.c.status, runs.c.outcome, func.count()).group_by(runs.c.status, runs.c.outcome)
        with self._read() as db:
            return {
                (Status(status), Outcome(outcome) if outcome else None): count
                for status, outcome, count in db.execute(query)
            }

    def mirror_lag(self) -> tuple[int, float]:
        """Runs that MLflow has not caught up with, and for how many seconds it has been behind."""
        behind = select(func.count()).select_from(runs).where(runs.c.version > runs.c.mirrored_version)
        with self._read() as db:
            waiting = db.scalar(behind) or 0
            synced_ms = db.scalar(select(func.max(duties.c.synced_ms)))
        if not waiting or synced_ms is None:
            return waiting, 0.0
        return waiting, max(0.0, (now_ms() - synced_ms) / 1000)
