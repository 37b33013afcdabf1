"""Counts of runs, made in the database. They may be asked for every second, and reading thousands of runs each time
would be too slow."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, and_, case, func, select
from sqlalchemy.sql import ColumnElement, Select

from evenkeel.database import Database, batched
from evenkeel.plugins import Outcome, Task
from evenkeel.records.rows import Tally
from evenkeel.records.status import Status
from evenkeel.schema import attempts, cells, epochs, experiments, has_status, lanes, run_counts, runs
from evenkeel.store.levels import Wanted

# For some runs: their number, the sum of their versions, and when the newest was created.
Stamp = tuple[int, int, int]


def stamp_columns() -> Sequence[ColumnElement[Any]]:
    """The columns of a stamp.

    A cell that is deleted and posted again may have the same id, as many runs and as many changes. Then only the time
    at which its runs were created tells the two apart.
    """
    return func.count(), func.sum(runs.c.version), func.max(runs.c.created_ms)


def to_stamp(row: Sequence[Any]) -> Stamp:
    """The stamp in a row of `stamp_columns`."""
    count, total, newest = (int(value or 0) for value in row)
    return count, total, newest


# When the newest of some runs was posted, when one last began, and when one last ended.
TIMES = tuple(func.max(runs.c[name]).label(name) for name in ("created_ms", "started_ms", "ended_ms"))


def newest(row: Any, epoch_ms: int | None = None) -> int:
    """The latest time in a row with TIMES. epoch_ms: when the newest epoch of the runs was logged."""
    return max(row.created_ms or 0, row.started_ms or 0, row.ended_ms or 0, epoch_ms or 0)


@dataclass
class Counts:
    """An experiment in numbers.

    Attributes:
        runs: number of runs with each status and outcome.
        moved_ms: when one of its runs was last posted, begun, ended, or at the end of an epoch; in ms since 1970.
    """

    num_cells: int
    runs: dict[tuple[Status, Outcome | None], int]
    moved_ms: int = 0


@dataclass(frozen=True)
class Gist:
    """What a question about cells is about: how much there is to read, and a stamp that changes whenever a run does."""

    stamp: tuple[int, ...]
    cells: int
    runs: int
    epochs: int


def both(one: Gist, other: Gist) -> Gist:
    """What a question about the cells of two experiments is about."""
    return Gist(one.stamp + other.stamp, one.cells + other.cells, one.runs + other.runs, one.epochs + other.epochs)


class Tallies:
    def __init__(self, database: Database) -> None:
        self.database = database

    def stamp(self, experiment_id: int) -> Stamp:
        """A stamp that changes whenever a run of the experiment does: see `stamp_columns`."""
        query = select(*stamp_columns()).select_from(runs).join(cells)
        with self.database.read() as db:
            return to_stamp(db.execute(query.where(cells.c.experiment_id == experiment_id)).one())

    def stamps(self, experiment_id: int) -> dict[int, Stamp]:
        """cell id -> a stamp that changes whenever a run of the cell does, for the cells of an experiment that have
        runs: see `stamp_columns`."""
        query = select(runs.c.cell_id, *stamp_columns()).join(cells).where(cells.c.experiment_id == experiment_id)
        with self.database.read() as db:
            return {cell_id: to_stamp(stamp) for cell_id, *stamp in db.execute(query.group_by(runs.c.cell_id))}

    def gist(self, experiment: str | None, filters: Mapping[str, Collection[Any]], task: Task | None) -> Gist:
        """What there is of the cells that `Curves.find_cells` finds for the same arguments, in one query. Cells that
        only nearly fit the filters may count too."""
        wanted = [] if task is None else [Wanted(task, factor, levels) for factor, levels in filters.items()]
        sizes = func.count(runs.c.cell_id.distinct()), func.sum(runs.c.num_epochs)
        query = select(*stamp_columns(), *sizes).select_from(runs).join(cells, cells.c.id == runs.c.cell_id)
        if experiment is not None:
            query = query.join(experiments).where(experiments.c.name == experiment)
        if task is not None:
            query = query.where(cells.c.task == task.name)
        with self.database.read() as db:
            row = db.execute(query.where(*(one.may_have(self.database.dialect) for one in wanted))).one()
        stamp = to_stamp(row[:3])
        return Gist(stamp, cells=int(row[3]), runs=stamp[0], epochs=int(row[4] or 0))

    def of(self, experiment_id: int, cell_ids: Sequence[int] | None = None) -> list[Tally]:
        """The runs of an experiment, counted by cell, status and outcome.

        Args:
            cell_ids: Only the runs of these cells of the experiment; None for all.
        """
        mine = cells.c.experiment_id == experiment_id
        if cell_ids is None:
            return self._of(mine)
        return [tally for some in batched(cell_ids) for tally in self._of(and_(mine, cells.c.id.in_(some)))]

    def _of(self, which: ColumnElement[bool]) -> list[Tally]:
        # For a finished run, the time of its attempts is enough. For a running one, its epochs are added up.
        mine = select(func.sum(attempts.c.ended_ms - attempts.c.began_ms)).where(attempts.c.run_id == runs.c.id)
        took = func.coalesce(mine.scalar_subquery(), runs.c.ended_ms - runs.c.started_ms)
        clock = case((runs.c.status == Status.FINISHED, took), else_=0)
        query = (
            select(
                *(runs.c.cell_id, func.min(cells.c.epochs).label("epochs"), runs.c.status, runs.c.outcome),
                *(func.count().label("n"), func.sum(runs.c.num_epochs, type_=Integer).label("num_epochs")),
                func.sum(clock, type_=Integer).label("spent_ms"),
                *TIMES,
            )
            .join(cells, cells.c.id == runs.c.cell_id)
            .where(which)
            .group_by(runs.c.cell_id, runs.c.status, runs.c.outcome)
        )
        with self.database.read() as db:
            training = {row.cell_id: (float(row.seconds), row.last_ms) for row in db.execute(_so_far(which))}
            return [
                Tally(
                    *(row.cell_id, row.epochs, Status(row.status), Outcome(row.outcome) if row.outcome else None),
                    *(row.n, int(row.num_epochs)),
                    seconds if row.status == Status.RUNNING else int(row.spent_ms or 0) / 1000,
                    newest(row, last_ms),
                )
                for row in db.execute(query)
                for seconds, last_ms in [training.get(row.cell_id, (0.0, 0))]
            ]

    def seeds(self, experiment_id: int) -> list[int]:
        """Every seed that at least one cell of the experiment is trained with."""
        query = select(runs.c.seed).join(cells).where(cells.c.experiment_id == experiment_id).distinct()
        with self.database.read() as db:
            return sorted(db.scalars(query))

    def counts(self) -> dict[int, Counts]:
        """experiment id -> its cells and runs, counted."""
        groups = lanes.c.experiment_id, run_counts.c.status, run_counts.c.outcome
        number = func.sum(run_counts.c.n)
        by_outcome = (
            select(*groups, number.label("n"), func.max(run_counts.c.at_ms).label("at_ms"))
            .join(run_counts, run_counts.c.lane_id == lanes.c.id)
            .group_by(*groups)
            .having(number != 0)
        )
        last_epochs = select(cells.c.experiment_id, func.max(epochs.c.logged_ms)).select_from(runs)
        last_epochs = last_epochs.join(epochs, _CURRENT).join(cells, cells.c.id == runs.c.cell_id)
        training = last_epochs.where(has_status(Status.RUNNING)).group_by(cells.c.experiment_id)
        with self.database.read() as db:
            sizes = select(cells.c.experiment_id, func.count()).group_by(cells.c.experiment_id)
            found = {experiment_id: Counts(num_cells, {}) for experiment_id, num_cells in db.execute(sizes)}
            last = {row[0]: row[1] for row in db.execute(training)}
            for row in db.execute(by_outcome):
                if (counts := found.get(row.experiment_id)) is None:
                    continue
                counts.runs[Status(row.status), Outcome(row.outcome) if row.outcome else None] = int(row.n)
                counts.moved_ms = max(counts.moved_ms, row.at_ms, last.get(row.experiment_id) or 0)
        return found


_CURRENT = and_(runs.c.id == epochs.c.run_id, runs.c.attempt == epochs.c.attempt)


def _so_far(which: ColumnElement[bool]) -> Select[Any]:
    """The seconds that the epochs of the running runs took so far, and when the last of them ended, by cell."""
    sums = func.sum(epochs.c.epoch_seconds).label("seconds"), func.max(epochs.c.logged_ms).label("last_ms")
    return (
        select(runs.c.cell_id, *sums)
        .join(epochs, _CURRENT)
        .join(cells, cells.c.id == runs.c.cell_id)
        .where(runs.c.status == Status.RUNNING, which)
        .group_by(runs.c.cell_id)
    )
