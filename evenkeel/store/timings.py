"""Reads how long finished runs took, and what is still to be trained. Times of new runs are foretold from both."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Integer, Row, Select, and_, func, select

from evenkeel.claims.packing import unpack
from evenkeel.database import Database, batched
from evenkeel.grids.sharing import Device
from evenkeel.plugins import Outcome
from evenkeel.records.status import Status
from evenkeel.records.timings import Trained, Waiting
from evenkeel.schema import attempts, cells, curves, epochs, experiments, runs

EPOCH_SECONDS = "epoch_seconds"


class Timings:
    def __init__(self, database: Database) -> None:
        self.database = database

    def newest(self, cell_ids: Iterable[int], most: int) -> list[Trained]:
        """The finished runs of these cells that have an epoch, at most so many of each cell: those that ended last."""
        place = func.row_number().over(partition_by=runs.c.cell_id, order_by=(runs.c.ended_ms.desc(), runs.c.id))
        measured = runs.c.status == Status.FINISHED, runs.c.num_epochs > 0
        with self.database.read() as db:
            trained: list[Trained] = []
            for some in batched(sorted(cell_ids)):
                ranked = select(runs.c.id, place.label("place")).where(runs.c.cell_id.in_(some), *measured).subquery()
                query = _TRAINED.join(ranked, ranked.c.id == runs.c.id).where(ranked.c.place <= most)
                trained += [_to_trained(row) for row in db.execute(query)]
        return trained

    def latest(self, task: str, most: int) -> list[tuple[Trained, dict[str, Any]]]:
        """Of the runs of the lab that ended last, at most so many, the finished ones of a task that have an epoch. Each
        comes with the levels of its cell that differ from the defaults."""
        # With the status here, too, SQLite would sort all finished runs.
        ended = select(runs.c.id).where(runs.c.ended_ms.is_not(None))
        last = ended.order_by(runs.c.ended_ms.desc()).limit(most).subquery()
        query = _TRAINED.add_columns(cells.c.levels).join(last, last.c.id == runs.c.id)
        query = query.where(cells.c.task == task, runs.c.status == Status.FINISHED, runs.c.num_epochs > 0)
        with self.database.read() as db:
            return [(_to_trained(row), row.levels) for row in db.execute(query)]

    def epoch_seconds(self, run_ids: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """run id -> the seconds that each epoch of the finished run took, of shape (num_epochs,)."""
        query = select(curves.c.run_id, curves.c.metrics, curves.c.packed)
        with self.database.read() as db:
            return {
                row.run_id: unpack(row.metrics, row.packed)[EPOCH_SECONDS]
                for some in batched(run_ids)
                for row in db.execute(query.where(curves.c.run_id.in_(some)))
            }

    def waiting(self) -> list[Waiting]:
        """The experiments with queued or running runs that are not paused."""
        with self.database.read() as db:
            queued = {row.id: row for row in db.execute(_of_experiments(Status.QUEUED))}
            training = {row.id: row for row in db.execute(_of_experiments(Status.RUNNING))}
            going = select(cells.c.experiment_id, runs.c.worker, (cells.c.epochs - runs.c.num_epochs).label("left"))
            going = going.join(cells, cells.c.id == runs.c.cell_id).where(runs.c.status == Status.RUNNING)
            running: dict[int, list[tuple[str, int]]] = {}
            for row in db.execute(going):
                running.setdefault(row.experiment_id, []).append((row.worker or "", max(0, row.left)))
            every = {**training, **queued}
            paces = {row.experiment_id: row for row in db.execute(_measured(every))}
            paces |= {row.experiment_id: row for row in db.execute(_finished(every))}
        return [
            Waiting(
                experiment_id=row.id,
                priority=row.priority,
                device=Device(row.device),
                max_running=row.max_running,
                served_ms=row.served_ms,
                queued=row.n if row.id in queued else 0,
                queued_epochs=int(row.num_epochs) if row.id in queued else 0,
                running=tuple(running.get(row.id, ())),
                epoch_seconds=_pace(paces.get(row.id)),
            )
            for row in every.values()
        ]


_TRAINED = (
    select(
        *(runs.c.id, runs.c.cell_id, runs.c.ended_ms, runs.c.outcome, runs.c.attempt, experiments.c.threads),
        *(attempts.c.arithmetic, (attempts.c.ended_ms - attempts.c.began_ms).label("took_ms")),
    )
    .join(cells, cells.c.id == runs.c.cell_id)
    .join(experiments, experiments.c.id == cells.c.experiment_id)
    .outerjoin(attempts, and_(attempts.c.run_id == runs.c.id, attempts.c.attempt == runs.c.attempt))
)


def _to_trained(row: Any) -> Trained:
    return Trained(
        run_id=row.id,
        cell_id=row.cell_id,
        ended_ms=row.ended_ms,
        outcome=Outcome(row.outcome),
        threads=int((row.arithmetic or {}).get("threads", row.threads)),
        arithmetic=row.arithmetic,
        took_seconds=row.took_ms / 1000 if row.attempt == 1 and row.took_ms is not None else None,
    )


def _of_experiments(status: Status) -> Select[Any]:
    """The experiments that are not paused and have runs with this status: the number of these runs, and their epochs
    in all."""
    columns = (experiments.c[name] for name in ("id", "priority", "device", "max_running", "served_ms"))
    return (
        select(*columns, func.count().label("n"), func.sum(cells.c.epochs, type_=Integer).label("num_epochs"))
        .select_from(runs)
        .join(cells, cells.c.id == runs.c.cell_id)
        .join(experiments, experiments.c.id == cells.c.experiment_id)
        .where(runs.c.status == status, ~experiments.c.paused)
        .group_by(experiments.c.id)
    )


def _finished(experiment_ids: Iterable[int]) -> Select[Any]:
    """The seconds of the attempts of finished runs, and the number of their epochs, by experiment."""
    clock = select(func.sum(attempts.c.ended_ms - attempts.c.began_ms)).where(attempts.c.run_id == runs.c.id)
    mine = func.coalesce(clock.scalar_subquery(), runs.c.ended_ms - runs.c.started_ms)
    return (
        select(
            cells.c.experiment_id,
            (func.sum(mine) / 1000.0).label("seconds"),
            func.sum(runs.c.num_epochs, type_=Integer).label("num_epochs"),
        )
        .join(cells, cells.c.id == runs.c.cell_id)
        .where(runs.c.status == Status.FINISHED, cells.c.experiment_id.in_(experiment_ids))
        .group_by(cells.c.experiment_id)
    )


def _measured(experiment_ids: Iterable[int]) -> Select[Any]:
    """The seconds of the epochs of running runs, and their number, by experiment."""
    return (
        select(
            cells.c.experiment_id,
            func.sum(epochs.c.epoch_seconds).label("seconds"),
            func.count().label("num_epochs"),
        )
        .select_from(epochs)
        .join(runs, and_(runs.c.id == epochs.c.run_id, runs.c.attempt == epochs.c.attempt))
        .join(cells, cells.c.id == runs.c.cell_id)
        .where(runs.c.status == Status.RUNNING, cells.c.experiment_id.in_(experiment_ids))
        .group_by(cells.c.experiment_id)
    )


def _pace(row: Row[Any] | None) -> float | None:
    return float(row.seconds) / row.num_epochs if row is not None and row.num_epochs and row.seconds else None
