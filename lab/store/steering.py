"""What is done to an experiment that is under way: cancel, queue again, share differently."""

from sqlalchemy import select, update
from sqlalchemy.sql import Select

from lab.sharing import Sharing
from lab.status import Status
from lab.store.database import Database, now_ms
from lab.store.grids import sharing_values
from lab.store.schema import cells, experiments, runs


class Steering(Database):
    def share(self, name: str, sharing: Sharing) -> None:
        """Change an experiment's priority, limit or device; what runs goes on."""
        if changes := sharing_values(sharing):
            with self._write() as db:
                db.execute(update(experiments).where(experiments.c.name == name).values(changes))

    def cancel(self, name: str) -> tuple[int, int]:
        """Cancel queued runs now and ask for running ones to stop: (cancelled, asked)."""
        with self._write() as db:
            theirs = runs.c.cell_id.in_(_cell_ids(name))
            queued = db.execute(
                update(runs)
                .where(theirs, runs.c.status == Status.QUEUED)
                .values(status=Status.CANCELLED, ended_ms=now_ms(), version=runs.c.version + 1)
            )
            running = db.execute(
                update(runs).where(theirs, runs.c.status == Status.RUNNING).values(cancel_requested=True)
            )
            return queued.rowcount, running.rowcount

    def retry(self, name: str) -> int:
        """Queue the failed and cancelled runs of an experiment again; how many."""
        with self._write() as db:
            queued = db.execute(
                update(runs)
                .where(runs.c.cell_id.in_(_cell_ids(name)), runs.c.status.in_([Status.FAILED, Status.CANCELLED]))
                .values(
                    status=Status.QUEUED,
                    error=None,
                    crashes=0,
                    cancel_requested=False,
                    ended_ms=None,
                    version=runs.c.version + 1,
                )
            )
            return queued.rowcount


def _cell_ids(experiment: str) -> Select[tuple[int]]:
    return select(cells.c.id).join(experiments).where(experiments.c.name == experiment)
