"""Experiments that are there: which, their cells, and what is done to one under way (share, cancel, retry)."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.sql import Select

from evenkeel.lab.cell import Cell, read_cell
from evenkeel.lab.records import Experiment
from evenkeel.lab.sharing import Device, Sharing
from evenkeel.lab.status import Status
from evenkeel.lab.store.database import Database, now_ms
from evenkeel.lab.store.schema import cells, experiments, runs


class Experiments:
    def __init__(self, database: Database) -> None:
        self.database = database

    def all(self) -> list[Experiment]:
        """Oldest first."""
        with self.database.read() as db:
            return [_to_experiment(row) for row in db.execute(select(experiments).order_by(experiments.c.id))]

    def find(self, name: str) -> Experiment | None:
        with self.database.read() as db:
            row = db.execute(select(experiments).where(experiments.c.name == name)).one_or_none()
            return _to_experiment(row) if row else None

    def cells(self, experiment: str) -> dict[int, Cell]:
        """id -> cell, oldest first. Raises NewerSpec."""
        query = select(cells.c.id, cells.c.task, cells.c.levels).join(experiments).order_by(cells.c.id)
        with self.database.read() as db:
            rows = db.execute(query.where(experiments.c.name == experiment))
            return {row.id: read_cell(row.task, row.levels) for row in rows}

    def share(self, name: str, sharing: Sharing) -> None:
        """Change an experiment's priority, limit or device; what runs goes on."""
        if changes := sharing_values(sharing):
            with self.database.write() as db:
                db.execute(update(experiments).where(experiments.c.name == name).values(changes))

    def cancel(self, name: str) -> tuple[int, int]:
        """Cancel queued runs now and ask for running ones to stop: (cancelled, asked)."""
        theirs = runs.c.cell_id.in_(_cell_ids(name))
        with self.database.write() as db:
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
        ended = runs.c.status.in_([Status.FAILED, Status.CANCELLED])
        with self.database.write() as db:
            queued = db.execute(
                update(runs)
                .where(runs.c.cell_id.in_(_cell_ids(name)), ended)
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


def sharing_values(sharing: Sharing) -> dict[str, Any]:
    """The columns that it changes."""
    changes = {name: value for name, value in vars(sharing).items() if value is not None}
    if sharing.max_running == 0:
        changes["max_running"] = None
    return changes


def _to_experiment(row: Any) -> Experiment:
    values = {name: value for name, value in row._mapping.items() if name != "served_ms"}
    return Experiment(**values | {"device": Device(row.device)})


def _cell_ids(experiment: str) -> Select[tuple[int]]:
    return select(cells.c.id).join(experiments).where(experiments.c.name == experiment)
