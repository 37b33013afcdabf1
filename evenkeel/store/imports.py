"""Stores runs that were trained elsewhere, and says where they came from.

They stand among the lab's own runs as runs that have ended. No worker claims them, since they are never queued, and no
worker trains their task. The mirror leaves them alone, since no change of them is left to copy.
"""

from collections.abc import Callable, Collection
from typing import TypeVar

import numpy as np
from sqlalchemy import Connection, exists, func, select, update
from sqlalchemy.sql import ColumnElement

from evenkeel.claims.packing import unpack
from evenkeel.database import Database, batched
from evenkeel.grids.sharing import Quota
from evenkeel.journal.telling import count, tell
from evenkeel.plugins import AnnouncedTask, Outcome
from evenkeel.records.events import EventKind
from evenkeel.records.imports import Added, Before, ImportState, Origin, Placed, Standing, task_name
from evenkeel.records.rows import Epoch, Run
from evenkeel.records.status import Status
from evenkeel.schema import cells, curves, experiments, imported, plugins, runs
from evenkeel.service.plugins import Plugins
from evenkeel.store.imported_rows import write_cells, write_runs
from evenkeel.store.queueing import lock_experiment, runs_of
from evenkeel.store.quota import check_size
from evenkeel.store.timings import EPOCH_SECONDS
from evenkeel.store.unpacking import to_epochs

T = TypeVar("T")


class Imports:
    def __init__(self, database: Database, announced: Plugins) -> None:
        self.database, self._announced = database, announced

    def add(
        self,
        experiment: str,
        source_run_ids: Collection[str],
        seeds: Collection[int],
        place: Callable[[Before], tuple[Placed, T]],
        began_ms: int,
        quota: Quota | None = None,
        posted_by: str = "",
    ) -> tuple[Added, T]:
        """Add runs to an experiment, in one transaction.

        Args:
            source_run_ids: The ids of the runs where they were trained.
            seeds: Their seeds.
            place: Decides what is added, from what the experiment has. Nothing else is added to it meanwhile. What it
                raises undoes all.
            began_ms: When the import began. A new experiment is created then.
            posted_by: id of the API key that imports; '' if the lab has no keys.

        Returns:
            (what was added, what `place` returned beside it).

        Raises:
            QuotaExceeded: The experiment would have too many runs.
        """
        with self.database.write() as db:
            self.database.stop_claims(db)
            row = self.database.insert(experiments).values(name=experiment, created_ms=began_ms)
            db.execute(row.on_conflict_do_nothing())
            found = lock_experiment(db, experiments.c.name == experiment)
            before = _before(db, found.id, experiment, source_run_ids, seeds)
            placed, said = place(before)
            num_new = sum(run.replaces is None for run in placed.runs)
            check_size(quota, max(placed.num_runs, before.num_runs + num_new), "runs")
            if not before.num_runs:
                db.execute(update(experiments).where(experiments.c.id == found.id).values(created_ms=began_ms))
            if before.task != placed.task:
                self._announced.write(db, placed.task)
                _touch(db, found.id)
            cell_ids = write_cells(self.database, db, found.id, placed)
            write_runs(self.database, db, found.id, placed, cell_ids, posted_by)
            if placed.runs:
                says = f"{count(num_new, 'run')} imported, {len(placed.runs) - num_new:,} brought up to date"
                tell(db, found.id, EventKind.IMPORTED, f"{says}, from {placed.source}", posted_by)
            added = Added(num_new, len(placed.runs) - num_new, len(cell_ids), *_early(db, found.id, placed.task))
        return added, said

    def state(self, experiment: str) -> ImportState | None:
        """What an experiment has of imported runs; None if it has none."""
        mine = select(imported.c.source_run_id).join(experiments).where(experiments.c.name == experiment)
        over = mine.join(runs, runs.c.id == imported.c.run_id).where(_IS_OVER)
        with self.database.read() as db:
            task = _task(db, experiment) if db.execute(mine.limit(1)).first() else None
            return None if task is None else ImportState(task, list(db.scalars(over)))

    def is_imported(self, experiment: str) -> bool:
        """Whether the runs of an experiment were imported."""
        mine = exists().where(imported.c.experiment_id == experiments.c.id)
        with self.database.read() as db:
            return db.scalar(select(experiments.c.id).where(experiments.c.name == experiment, mine)) is not None

    def origin(self, run_id: str) -> Origin | None:
        """Where a run came from; None if the lab itself has it to train."""
        with self.database.read() as db:
            row = db.execute(select(imported).where(imported.c.run_id == run_id)).one_or_none()
        if row is None:
            return None
        url = f"{row.source}/runs/{row.source_run_id}" if row.source.startswith(("http://", "https://")) else None
        return Origin(row.source, row.source_run_id, url, row.says)

    def epochs(self, run: Run) -> list[Epoch]:
        """The epochs of an imported run, which are stored packed. If it is not known how long they took, their seconds
        are NaN and their times 0."""
        with self.database.read() as db:
            row = db.execute(select(curves).where(curves.c.run_id == run.id)).one_or_none()
        if row is None:
            return []
        found = unpack(row.metrics, row.packed)
        if EPOCH_SECONDS not in found:
            return to_epochs(run.id, found, [0] * run.num_epochs)
        passed = np.cumsum(np.nan_to_num(found[EPOCH_SECONDS])).tolist()
        return to_epochs(run.id, found, [round(1000 * seconds) + (run.started_ms or 0) for seconds in passed])


# A run that was still training when it was imported has no end yet.
_IS_OVER = runs.c.ended_ms.is_not(None)


def _before(
    db: Connection, experiment_id: int, name: str, source_run_ids: Collection[str], seeds: Collection[int]
) -> Before:
    created_ms = db.scalars(select(experiments.c.created_ms).where(experiments.c.id == experiment_id)).one()
    all_of_it = select(func.count(), func.min(runs.c.created_ms), func.count(imported.c.run_id)).select_from(runs)
    all_of_it = all_of_it.outerjoin(imported, imported.c.run_id == runs.c.id).where(runs_of(experiment_id))
    num_runs, first_ms, num_imported = db.execute(all_of_it).one()
    columns = runs.c.id, cells.c.hash, runs.c.seed, runs.c.status, imported.c.source_run_id, _IS_OVER, runs.c.created_ms
    query = (
        select(*columns)
        .join(cells, cells.c.id == runs.c.cell_id)
        .outerjoin(imported, imported.c.run_id == runs.c.id)
        .where(cells.c.experiment_id == experiment_id)
    )
    found = {
        row[0]: Standing(row[0], row[1], row[2], Status(row[3]), row[4], bool(row[5]), row[6])
        for column, wanted in ((imported.c.source_run_id, source_run_ids), (runs.c.seed, seeds))
        for some in batched(sorted(wanted))
        for row in db.execute(query.where(column.in_(some)))
    }
    return Before(_task(db, name) if num_imported else None, created_ms, first_ms, num_runs, list(found.values()))


def _task(db: Connection, experiment: str) -> AnnouncedTask | None:
    mine = plugins.c.kind == "task", plugins.c.task == task_name(experiment)
    body = db.scalar(select(plugins.c.body).where(*mine))
    return None if body is None else AnnouncedTask.from_json(body)


def _touch(db: Connection, experiment_id: int) -> None:
    """Say that every run of an experiment changed, since its task did. There is nothing to copy to MLflow."""
    changed = {"version": runs.c.version + 1, "mirrored_version": runs.c.mirrored_version + 1}
    db.execute(update(runs).where(runs_of(experiment_id)).values(changed))


def _early(db: Connection, experiment_id: int, task: AnnouncedTask) -> tuple[int, int]:
    """(the number of runs that finished before the last epoch, the number of epochs of the longest run)."""
    longest = int(task.epochs)
    short: list[ColumnElement[bool]] = [runs.c.status == Status.FINISHED, runs.c.outcome != Outcome.DIVERGED]
    query = select(func.count()).select_from(runs).where(runs_of(experiment_id), runs.c.num_epochs < longest, *short)
    return db.scalar(query) or 0, longest
