"""Cells and the curves of their seeds, as the summary reads them. It needs few queries, and a finished run has one row
for all its epochs."""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import and_, select

from evenkeel.claims.packing import ByName, read_epochs, unpack
from evenkeel.database import Database, batched
from evenkeel.plugins import Outcome, Task
from evenkeel.records.rows import CellRow, SeedRun
from evenkeel.records.status import Status
from evenkeel.schema import cells, correct, curves, experiments, runs
from evenkeel.store.levels import Wanted
from evenkeel.store.rules import of_rule, rule_columns
from evenkeel.store.tallies import Stamp, stamp_columns, to_stamp

# A look-up here takes a tenth of the time of a call of the enum.
STATUSES = {str(status): status for status in Status}
OUTCOMES = {str(outcome): outcome for outcome in Outcome}


class Curves:
    def __init__(self, database: Database) -> None:
        self.database = database

    def find_cells(
        self, experiment: str | None, filters: Mapping[str, Collection[Any]], task: Task | None
    ) -> list[CellRow]:
        """Cells as they are stored, oldest first. They are not validated, so a level may be one that the task does not
        know.

        Args:
            experiment: only the cells of this experiment; None for those of every experiment.
            filters: factor -> levels. Only cells that have one of these levels in every such factor are found.
            task: only the cells of this task; None for those of every task, without any filter.
        """
        columns = cells.c.id, experiments.c.name, cells.c.hash, cells.c.task, cells.c.levels, *rule_columns()
        query = select(*columns).join(experiments).order_by(cells.c.id)
        if experiment is not None:
            query = query.where(experiments.c.name == experiment)
        if task is not None:
            query = query.where(cells.c.task == task.name)
        wanted = [] if task is None else [Wanted(task, factor, levels) for factor, levels in filters.items()]
        query = query.where(*(one.may_have(self.database.dialect) for one in wanted))
        with self.database.read() as db:
            return [
                CellRow(row.id, row.name, row.hash, row.task, row.levels, *of_rule(row))
                for row in db.execute(query)
                if all(one.has(row.levels) for one in wanted)
            ]

    def cell_stamps(self, cell_ids: Sequence[int]) -> dict[int, Stamp]:
        """cell id -> a stamp that changes whenever a run of the cell does: see `tallies.stamp_columns`."""
        columns = (runs.c.cell_id, *stamp_columns())
        with self.database.read() as db:
            return {
                cell_id: to_stamp(stamp)
                for some in batched(cell_ids)
                for cell_id, *stamp in db.execute(
                    select(*columns).where(runs.c.cell_id.in_(some)).group_by(runs.c.cell_id)
                )
            }

    def seed_runs(self, cell_ids: Sequence[int]) -> list[SeedRun]:
        """Every run of the cells with its curves so far, sorted by cell and seed."""
        query = (
            select(
                *(runs.c.id, runs.c.cell_id, runs.c.seed, runs.c.status, runs.c.outcome, runs.c.diverged_epoch),
                *(runs.c.dataset_hash, runs.c.attempt, runs.c.created_ms, runs.c.ended_ms, runs.c.arithmetic),
                *(curves.c.metrics, curves.c.packed),
            )
            .outerjoin(curves, curves.c.run_id == runs.c.id)
            .order_by(runs.c.cell_id, runs.c.seed)
        )
        with self.database.read() as db:
            # Fetched all at once, 20,000 rows take half as long as one by one.
            found = (db.execute(query.where(runs.c.cell_id.in_(some))).all() for some in batched(cell_ids))
            rows = list(chain.from_iterable(found))
            training = [row.id for row in rows if row.status == Status.RUNNING]
            unpacked = read_epochs(db, training)
        return [_seed_run(row, unpacked) for row in rows]

    def correct_bits(self, run_ids: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        """run id -> (num_examples, bits), for the finished runs that recorded which validation examples they have
        right."""
        query = select(correct.c.run_id, correct.c.num_examples, correct.c.bits).join(
            runs, and_(runs.c.id == correct.c.run_id, runs.c.attempt == correct.c.attempt)
        )
        with self.database.read() as db:
            return {
                row.run_id: (row.num_examples, row.bits)
                for some in batched(run_ids)
                for row in db.execute(query.where(correct.c.run_id.in_(some)))
            }


def _seed_run(row: Sequence[Any], unpacked: Mapping[str, ByName]) -> SeedRun:
    """unpacked: run id -> the curves of a run that still trains."""
    # To ask a row for its columns by name takes twice as long.
    run_id, cell_id, seed, status, outcome, diverged_epoch, *others = row
    dataset_hash, attempt, created_ms, ended_ms, arithmetic, metrics, packed = others
    return SeedRun(
        *(run_id, cell_id, seed, STATUSES[status], OUTCOMES[outcome] if outcome else None),
        *(diverged_epoch, dataset_hash, created_ms, ended_ms),
        unpack(metrics, packed) if packed is not None else unpacked.get(run_id, {}),
        *(attempt > 0, arithmetic),
    )
