"""Which workers exist, and what each can train."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from evenkeel.database import Database, clock_ms, ms
from evenkeel.grids.tasks import DEFAULT_TASK
from evenkeel.plugins import Broken, Prepared
from evenkeel.records.workers import Worker
from evenkeel.schema import prepared, workers

MAX_WHY = 2000  # characters that are kept of why a plug-in cannot be used


class Workers:
    def __init__(self, database: Database) -> None:
        self.database = database

    def see(self, worker: Worker, datasets: Sequence[Prepared] = ()) -> None:
        """Record that a worker is alive, and which datasets are prepared on it. It was seen now, by the database's
        clock, unless `worker` says when."""
        values = vars(worker) | {
            "tasks": dict(worker.tasks),
            "seen_ms": worker.seen_ms or clock_ms(),
            "plugins": sorted(worker.plugins),
            "broken": [broken.to_json() | {"why": broken.why[:MAX_WHY]} for broken in worker.broken],
        }
        statement = self.database.insert(workers).values(values)
        with self.database.write() as db:
            db.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
            db.execute(delete(prepared).where(prepared.c.worker == worker.name))
            if datasets:
                db.execute(insert(prepared), [{"worker": worker.name, **vars(dataset)} for dataset in datasets])

    def forget(self, name: str | None = None) -> None:
        """Remove a worker that has left, or all workers if `name` is None."""
        with self.database.write() as db:
            for table, column in ((prepared, prepared.c.worker), (workers, workers.c.name)):
                db.execute(delete(table) if name is None else delete(table).where(column == name))

    def seen(self, within_seconds: float) -> list[Worker]:
        """The workers seen within the last `within_seconds`, sorted by name."""
        since = clock_ms() - ms(within_seconds)
        with self.database.read() as db:
            rows = db.execute(select(workers).where(workers.c.seen_ms >= since).order_by(workers.c.name))
            return [_to_worker(row) for row in rows]

    def datasets(self, within_seconds: float) -> list[Prepared]:
        """The datasets that are prepared on the workers seen within the last `within_seconds`, sorted by name and
        size."""
        since = clock_ms() - ms(within_seconds)
        columns = [column for column in prepared.c if column.name != "worker"]
        query = select(*columns).join(workers).where(workers.c.seen_ms >= since).order_by(*columns).distinct()
        with self.database.read() as db:
            return [Prepared(**row._mapping) for row in db.execute(query)]

    def prepared_on(self, within_seconds: float) -> dict[str, set[tuple[str, int]]]:
        """worker -> the datasets that are prepared on it, as (name, image size in pixels), for those seen lately."""
        since = clock_ms() - ms(within_seconds)
        query = select(prepared.c.worker, prepared.c.name, prepared.c.image_size).join(workers)
        found: dict[str, set[tuple[str, int]]] = {}
        with self.database.read() as db:
            for row in db.execute(query.where(workers.c.seen_ms >= since)):
                found.setdefault(row.worker, set()).add((row.name, row.image_size))
        return found


def _to_worker(row: Any) -> Worker:
    # A worker of the previous version does not report its tasks.
    tasks = {DEFAULT_TASK: 1} if row.tasks is None else row.tasks
    broken = tuple(map(Broken.from_json, row.broken or ()))
    return Worker(**{**row._mapping, "tasks": tasks, "plugins": tuple(row.plugins or ()), "broken": broken})
