"""Cells and their seeds' curves, as the summary reads them: few queries, and no row an epoch for what has finished."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, and_, func, select
from sqlalchemy.sql import ColumnElement

from lab.metrics import DIAGNOSTICS, METRICS
from lab.records import CellRow, SeedRun
from lab.status import Outcome, Status
from lab.store.database import Database, batched
from lab.store.levels import level_of
from lab.store.schema import cells, correct, curves, epochs, experiments, runs

PACKED = (*METRICS, *DIAGNOSTICS, "epoch_seconds")
FLOAT = np.dtype("<f8")


class Curves(Database):
    def find_cells(self, experiment: str | None, filters: Mapping[str, Collection[Any]]) -> list[CellRow]:
        """The cells whose levels are all among `filters` (factor -> levels), oldest first."""
        query = select(cells.c.id, experiments.c.name, cells.c.hash, cells.c.levels).join(experiments)
        query = query.where(*(_is_among(factor, levels) for factor, levels in filters.items())).order_by(cells.c.id)
        if experiment is not None:
            query = query.where(experiments.c.name == experiment)
        with self._read() as db:
            return [CellRow(row.id, row.name, row.hash, row.levels) for row in db.execute(query)]

    def cell_stamps(self, cell_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """For each cell what changes whenever a run of it does: (its runs, the sum of their versions)."""
        columns = (runs.c.cell_id, func.count(), func.sum(runs.c.version))
        with self._read() as db:
            return {
                cell_id: (int(count), int(total))
                for some in batched(cell_ids)
                for cell_id, count, total in db.execute(
                    select(*columns).where(runs.c.cell_id.in_(some)).group_by(runs.c.cell_id)
                )
            }

    def seed_runs(self, cell_ids: Sequence[int]) -> list[SeedRun]:
        """Every run of the cells with its curves so far, by cell and seed."""
        query = (
            select(
                *(runs.c.id, runs.c.cell_id, runs.c.seed, runs.c.status, runs.c.outcome, runs.c.diverged_epoch),
                *(runs.c.dataset_hash, curves.c.metrics, curves.c.packed),
            )
            .outerjoin(curves, curves.c.run_id == runs.c.id)
            .order_by(runs.c.cell_id, runs.c.seed)
        )
        with self._read() as db:
            rows = [row for some in batched(cell_ids) for row in db.execute(query.where(runs.c.cell_id.in_(some)))]
            training = [row.id for row in rows if row.status == Status.RUNNING]
            unpacked = _read_epochs(db, training)
        return [
            SeedRun(
                *(row.id, row.cell_id, row.seed, Status(row.status)),
                Outcome(row.outcome) if row.outcome else None,
                *(row.diverged_epoch, row.dataset_hash),
                unpack(row.metrics, row.packed) if row.packed is not None else unpacked.get(row.id, _NOTHING),
            )
            for row in rows
        ]

    def correct_bits(self, run_ids: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        """run -> (num_examples, bits) of the finished runs that recorded them."""
        query = select(correct.c.run_id, correct.c.num_examples, correct.c.bits).join(
            runs, and_(runs.c.id == correct.c.run_id, runs.c.attempt == correct.c.attempt)
        )
        with self._read() as db:
            return {
                row.run_id: (row.num_examples, row.bits)
                for some in batched(run_ids)
                for row in db.execute(query.where(correct.c.run_id.in_(some)))
            }


def pack_curves(db: Connection, run_id: str) -> dict[str, Any]:
    """The row of table `curves` for a run's current attempt: float64, little-endian, (metrics, epochs), NaN for
    None."""
    return {
        "run_id": run_id,
        "metrics": ",".join(PACKED),
        "packed": pack(_read_epochs(db, [run_id]).get(run_id, _NOTHING)),
    }


def pack(values: dict[str, np.ndarray[Any, Any]]) -> bytes:
    return np.array([values.get(name, ()) for name in PACKED], FLOAT).tobytes()


def unpack(metrics: str, packed: bytes) -> dict[str, np.ndarray[Any, Any]]:
    names = metrics.split(",")
    return dict(zip(names, np.frombuffer(packed, FLOAT).reshape(len(names), -1), strict=True))


def _read_epochs(db: Connection, run_ids: Sequence[str]) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    query = (
        select(epochs.c.run_id, *(epochs.c[name] for name in PACKED))
        .join(runs, and_(runs.c.id == epochs.c.run_id, runs.c.attempt == epochs.c.attempt))
        .order_by(epochs.c.run_id, epochs.c.epoch)
    )
    rows: dict[str, list[Any]] = {}
    for some in batched(run_ids):
        for run_id, *values in db.execute(query.where(epochs.c.run_id.in_(some))):
            rows.setdefault(run_id, []).append(values)
    return {run_id: dict(zip(PACKED, np.array(values, np.float64).T, strict=True)) for run_id, values in rows.items()}


_NOTHING: dict[str, np.ndarray[Any, Any]] = {}


def _is_among(factor: str, levels: Collection[Any]) -> ColumnElement[bool]:
    return level_of(factor, type(next(iter(levels)))).in_(list(levels))
