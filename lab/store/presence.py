"""Which workers are there, and who has a duty that one at a time may have."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, or_, select, update

from lab.datasets import Prepared
from lab.records import Worker
from lab.store.database import Database, now_ms
from lab.store.schema import duties, prepared, workers


class Presence(Database):
    def see_worker(self, worker: Worker, datasets: Sequence[Prepared] = ()) -> None:
        """Note that a worker lives, and which datasets lie prepared there."""
        values = vars(worker)
        with self._write() as db:
            db.execute(self._insert(workers).values(values).on_conflict_do_update(index_elements=["name"], set_=values))
            db.execute(delete(prepared).where(prepared.c.worker == worker.name))
            if datasets:
                db.execute(insert(prepared), [{"worker": worker.name, **vars(dataset)} for dataset in datasets])

    def datasets(self, within_seconds: float) -> list[Prepared]:
        """What lies prepared on the workers seen lately, by name and size."""
        since = now_ms() - int(within_seconds * 1000)
        columns = [column for column in prepared.c if column.name != "worker"]
        query = select(*columns).join(workers).where(workers.c.seen_ms >= since).order_by(*columns).distinct()
        with self._read() as db:
            return [Prepared(**row._mapping) for row in db.execute(query)]

    def workers(self, within_seconds: float) -> list[Worker]:
        """Those seen lately, by name."""
        since = now_ms() - int(within_seconds * 1000)
        with self._read() as db:
            rows = db.execute(select(workers).where(workers.c.seen_ms >= since).order_by(workers.c.name))
            return [Worker(**row._mapping) for row in rows]

    def hold_duty(self, name: str, holder: str, seconds: float) -> bool:
        """Take or keep a duty that one holder at a time may have; False while another has it."""
        values = {"name": name, "holder": holder, "until_ms": now_ms() + int(seconds * 1000)}
        statement = (
            self._insert(duties)
            .values(values)
            .on_conflict_do_update(
                index_elements=["name"], set_=values, where=or_(duties.c.holder == holder, duties.c.until_ms < now_ms())
            )
        )
        with self._write() as db:
            return db.execute(statement.returning(duties.c.holder)).one_or_none() is not None

    def note_synced(self, name: str, at_ms: int) -> None:
        """Say that a duty's work was done to the end: nothing older than `at_ms` is left."""
        with self._write() as db:
            db.execute(update(duties).where(duties.c.name == name).values(synced_ms=at_ms))
