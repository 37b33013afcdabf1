"""Experiments and their cells: posting a grid, cancelling, queueing again."""

import uuid
from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.sql import Select

from lab.records import Ensured, Experiment
from lab.spec import Cell
from lab.status import Status
from lab.store.database import Database, now_ms
from lab.store.schema import cells, experiments, runs


class Grids(Database):
    def ensure_runs(self, name: str, wanted: Sequence[Cell], seeds: Sequence[int]) -> Ensured:
        """Make what is missing of experiment `name`: its row, its cells, one queued run per cell and seed."""
        created_ms = now_ms()
        with self._write() as db:
            db.execute(self._insert(experiments).values(name=name, created_ms=created_ms).on_conflict_do_nothing())
            experiment_id = db.scalar(select(experiments.c.id).where(experiments.c.name == name))
            rows = [
                {
                    "experiment_id": experiment_id,
                    "hash": cell.hash,
                    "levels": cell.model_dump(mode="json", exclude_defaults=True),
                }
                for cell in wanted
            ]
            db.execute(self._insert(cells).on_conflict_do_nothing(), rows)
            ids = db.execute(select(cells.c.hash, cells.c.id).where(cells.c.experiment_id == experiment_id))
            cell_ids = {row.hash: row.id for row in ids}
            known = {
                (row.cell_id, row.seed)
                for row in db.execute(
                    select(runs.c.cell_id, runs.c.seed)
                    .join(cells, cells.c.id == runs.c.cell_id)
                    .where(cells.c.experiment_id == experiment_id)
                )
            }
            # Seed by seed, so that every cell has a curve early.
            keys = [(cell_ids[cell.hash], seed) for seed in seeds for cell in wanted]
            fresh = [
                {
                    "id": uuid.uuid4().hex,
                    "cell_id": key[0],
                    "seed": key[1],
                    "status": Status.QUEUED,
                    "created_ms": created_ms,
                }
                for key in keys
                if key not in known
            ]
            if fresh:
                db.execute(insert(runs), fresh)
        return Ensured([row["id"] for row in fresh], len(keys) - len(fresh))

    def experiments(self) -> list[Experiment]:
        with self._read() as db:
            return [Experiment(**row._mapping) for row in db.execute(select(experiments).order_by(experiments.c.id))]

    def experiment(self, name: str) -> Experiment | None:
        with self._read() as db:
            row = db.execute(select(experiments).where(experiments.c.name == name)).one_or_none()
            return Experiment(**row._mapping) if row else None

    def cells(self, experiment: str | None = None) -> list[tuple[int, str, Cell]]:
        """(id, experiment name, cell) of every cell, oldest first."""
        query = select(cells.c.id, experiments.c.name, cells.c.levels).join(experiments).order_by(cells.c.id)
        if experiment is not None:
            query = query.where(experiments.c.name == experiment)
        with self._read() as db:
            return [(row.id, row.name, Cell.model_validate(row.levels)) for row in db.execute(query)]

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

    def retry(self, name: str) -> list[str]:
        """Queue the failed and cancelled runs of an experiment again; their ids."""
        with self._write() as db:
            rows = db.execute(
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
                .returning(runs.c.id)
            )
            return [row.id for row in rows]


def _cell_ids(experiment: str) -> Select[tuple[int]]:
    return select(cells.c.id).join(experiments).where(experiments.c.name == experiment)
