"""Numbers for monitoring the lab. They need few queries, and none of them reads epochs."""

from sqlalchemy import func, select

from evenkeel.database import Database, now_ms
from evenkeel.plugins import Outcome
from evenkeel.records.status import Status
from evenkeel.schema import duties, run_counts, runs


class Metering:
    def __init__(self, database: Database) -> None:
        self.database = database

    def by_status(self) -> dict[tuple[Status, Outcome | None], int]:
        """The number of runs with each status and outcome."""
        groups = run_counts.c.status, run_counts.c.outcome
        number = func.sum(run_counts.c.n)
        query = select(*groups, number).group_by(*groups).having(number != 0)
        with self.database.read() as db:
            return {
                (Status(status), Outcome(outcome) if outcome else None): int(count)
                for status, outcome, count in db.execute(query)
            }

    def mirror_lag(self) -> tuple[int, float]:
        """(number of runs whose changes are not in MLflow yet, seconds for which MLflow has been behind)."""
        behind = select(func.count()).select_from(runs).where(runs.c.version > runs.c.mirrored_version)
        with self.database.read() as db:
            waiting = db.scalar(behind) or 0
            synced_ms = db.scalar(select(func.max(duties.c.synced_ms)))
        if not waiting or synced_ms is None:
            return waiting, 0.0
        return waiting, max(0.0, (now_ms() - synced_ms) / 1000)
