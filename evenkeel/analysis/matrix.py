"""The runs of an experiment, a row for each cell and a mark for each seed: which trained, wait, failed or diverged."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from evenkeel.analysis.choosing import MOST_CELLS
from evenkeel.analysis.summary import Summaries
from evenkeel.grids.cell import Cell
from evenkeel.grids.levels import cell_name, differing
from evenkeel.plugins import Task
from evenkeel.records.left_out import LeftOut
from evenkeel.records.marks import Mark, Standings
from evenkeel.records.rows import CellRow
from evenkeel.store import Store

MOST_RUNS = 2_000  # that a person looks over
RULE = (
    "those with runs that failed, diverged or collapsed first, then those that train, then in the order of their levels"
)
NONE = Standings({})


@dataclass(frozen=True)
class MatrixRow:
    """A cell and its runs, sorted by seed. A seed that was trained twice has two."""

    cell: str
    hash: str
    levels: Mapping[str, Any]
    runs: list[Mark]


@dataclass(frozen=True)
class RunMatrix:
    """The runs of the cells of a question.

    Attributes:
        factors: The factors in which the cells differ.
        rows: The cells that are shown.
        num_cells, num_runs: How many cells and runs there are, shown or not.
        left_out: The cells that cannot be read here.
    """

    factors: list[str]
    rows: list[MatrixRow]
    num_cells: int
    num_runs: int
    left_out: list[LeftOut]

    @property
    def seeds(self) -> list[int]:
        """Every seed of the rows."""
        return sorted({run.seed for row in self.rows for run in row.runs})

    @property
    def num_shown(self) -> int:
        """How many runs are shown."""
        return sum(len(row.runs) for row in self.rows)


def run_matrix(
    store: Store, summaries: Summaries, task: Task, filters: Mapping[str, Collection[Any]], experiment: str
) -> RunMatrix:
    """The runs of an experiment.

    If there are too many, the cells that a reader looks for are shown: see `RULE`.

    Args:
        filters: Factor -> the levels to keep.
    """
    every, left_out = summaries.rows(task, filters, experiment)
    stand = store.matrix.standings([row.id for _, rows in every for row in rows])
    runs = [sum(stand.get(row.id, NONE).num_runs for row in rows) for _, rows in every]
    order = list(range(len(every)))
    if len(every) > MOST_CELLS or sum(runs) > MOST_RUNS:
        order.sort(key=lambda place: _urgency(every[place][1], stand))
    shown = _as_many_as_fit(order, runs)
    marks = store.matrix.marks([row.id for place in shown for row in every[place][1]])
    return RunMatrix(
        factors=differing(task, [cell.levels for cell, _ in every]),
        rows=[_row(*every[place], marks) for place in shown],
        num_cells=len(every),
        num_runs=sum(runs),
        left_out=left_out,
    )


def _urgency(rows: list[CellRow], stand: Mapping[int, Standings]) -> tuple[bool, bool]:
    found = [stand.get(row.id, NONE) for row in rows]
    return not any(each.num_lost for each in found), not any(each.num_training for each in found)


def _as_many_as_fit(order: list[int], runs: list[int]) -> list[int]:
    """The first places that may be shown, at least one."""
    shown, total = list[int](), 0
    for place in order[:MOST_CELLS]:
        total += runs[place]
        if shown and total > MOST_RUNS:
            break
        shown.append(place)
    return shown


def _row(cell: Cell, rows: list[CellRow], marks: Mapping[int, list[Mark]]) -> MatrixRow:
    name = cell_name(cell.task, cell.levels, rows[0].hash)
    runs = sorted((mark for row in rows for mark in marks[row.id]), key=lambda mark: mark.seed)
    return MatrixRow(name, rows[0].hash, cell.levels, runs)
