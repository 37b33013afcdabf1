"""Makes summaries: the runs of one experiment, or of all, grouped by everything except the seed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from evenkeel.analysis.facts import CellFacts, SameCell
from evenkeel.analysis.gathering import Gathered, work_out
from evenkeel.grids.cell import Cell, UnreadableCell, read_cell
from evenkeel.grids.levels import cell_name, differing
from evenkeel.grids.tasks import known_tasks
from evenkeel.plugins import Task
from evenkeel.records.left_out import LeftOut, leave_out
from evenkeel.records.rows import CellRow, SeedRun
from evenkeel.records.status import Status
from evenkeel.result import about, result

if TYPE_CHECKING:
    from cachetools import LRUCache

    from evenkeel.store import Store

MAX_CACHED_CELLS = 2_000  # each takes about 70 KB with ten seeds of 50 epochs
MAX_READ_CELLS = 5_000  # each takes about 3 KB
FACTS = tuple(field.name for field in fields(CellFacts))


@result
class CellSummary(CellFacts):
    """A cell of a summary: the facts about it, and its name."""

    cell: str = about("Name of the cell: the levels that name a cell of its task, and the first digits of its hash.")

    @classmethod
    def of(cls, name: str, facts: CellFacts) -> CellSummary:
        return cls(cell=name, **{field: getattr(facts, field) for field in FACTS})


@dataclass(frozen=True)
class Found:
    """What a summary is about.

    Attributes:
        cells: (name, facts) of each cell, in the order of their levels (`Cell.rank`).
        left_out: The stored cells that are left out because they cannot be read here. Without filters, the cells of
            tasks that are not known here are among them.
    """

    cells: list[tuple[str, CellFacts]]
    left_out: list[LeftOut]


class Summaries:
    """Makes the summaries of a store. It keeps the facts about a cell until a run of the cell changes. Thread-safe."""

    def __init__(self, store: Store, as_if_ended: bool = False) -> None:
        """
        Args:
            as_if_ended: Take a cell to which a rule may still add seeds for one that gets no more. Only the rule itself
                does so.
        """
        # Only those who have a store need this package.
        from cachetools import LRUCache

        self._store = store
        self._as_if_ended = as_if_ended
        self._kept: LRUCache[Any, CellFacts] = LRUCache(MAX_CACHED_CELLS)
        self._cells: LRUCache[tuple[str, str], Cell] = LRUCache(MAX_READ_CELLS)
        # Even a look-up changes the order of an LRU cache.
        self._lock = Lock()

    def cells(
        self,
        task: Task,
        filters: Mapping[str, Collection[Any]],
        metric: str,
        experiment: str | None = None,
        threshold: float | None = None,
    ) -> list[tuple[str, CellFacts]]:
        """The cells of `find`, without those that it leaves out."""
        return self.find(task, filters, metric, experiment, threshold).cells

    def find(
        self,
        task: Task,
        filters: Mapping[str, Collection[Any]],
        metric: str,
        experiment: str | None = None,
        threshold: float | None = None,
    ) -> Found:
        """Summarise the cells of the task that can be read.

        Args:
            filters: Factor -> the levels to keep.
            experiment: Only the cells of this experiment; None for all.
            threshold: A value of the metric. The facts then say when the runs reach it.

        Raises:
            KeyError: The task does not declare the metric.
        """
        groups, left_out = self._rows(task, filters, experiment)
        stamps = self._store.curves.cell_stamps([row.id for rows in groups.values() for row in rows])
        keys = {
            cell: (metric, threshold, *((row.id, row.growing, stamps.get(row.id)) for row in rows))
            for cell, rows in groups.items()
        }
        with self._lock:
            found = {cell: self._kept[key] for cell, key in keys.items() if key in self._kept}
        missing = [rows for cell, rows in groups.items() if cell not in found]
        fresh = {facts.hash: facts for facts in self._work_out(task, missing, metric, threshold)}
        with self._lock:
            self._kept.update({keys[cell]: facts for cell, facts in fresh.items()})
        found |= fresh
        read = {key: self._read(rows[0]) for key, rows in groups.items()}
        in_order = sorted(read.items(), key=lambda item: item[1].rank)
        return Found([(cell_name(task, cell.levels, key), found[key]) for key, cell in in_order], left_out)

    def _rows(
        self, task: Task, filters: Mapping[str, Collection[Any]], experiment: str | None
    ) -> tuple[dict[str, list[CellRow]], list[LeftOut]]:
        """The rows of the cells that can be read, by hash, and the cells that cannot.

        Cells that differ only in parameters that they ignore are one cell. Its hash is that of its first row: the cell
        with the fewest idle levels.
        """
        groups: dict[str, list[CellRow]] = {}
        left_out: list[LeftOut] = []
        for row in self._store.curves.find_cells(experiment, filters, task if filters else None):
            if self._as_if_ended:
                row = replace(row, growing=False)
            if row.task == task.name or row.task not in known_tasks():
                try:
                    groups.setdefault(self._trains_as(row), []).append(row)
                except UnreadableCell as error:
                    left_out.append(leave_out(row, error))
        in_front = [sorted(rows, key=self._plainness) for rows in groups.values()]
        return {rows[0].hash: rows for rows in in_front}, left_out

    def _work_out(
        self, task: Task, groups: Sequence[list[CellRow]], metric: str, threshold: float | None
    ) -> list[CellFacts]:
        runs: dict[int, list[SeedRun]] = {row.id: [] for rows in groups for row in rows}
        for run in self._store.curves.seed_runs(list(runs)):
            runs[run.cell_id].append(run)
        cells = [
            Gathered(self._read(rows[0]), rows, [run for row in rows for run in runs[row.id]], self._same(rows))
            for rows in groups
        ]
        finished = [run.id for cell in cells for run in cell.runs if run.status is Status.FINISHED]
        bits = self._store.curves.correct_bits(finished) if metric == task.per_example else {}
        return work_out(cells, task, task.metric(metric), threshold, bits)

    def _trains_as(self, row: CellRow) -> str:
        """Equal for rows of one cell. What a task ignores now says nothing about the cells of its earlier versions."""
        cell = self._read(row)
        return cell.trains_as if cell.hash == row.hash else row.hash

    def _plainness(self, row: CellRow) -> tuple[Any, ...]:
        cell = self._read(row)
        return len(cell.idle_levels), cell.rank, row.id

    def _same(self, rows: Sequence[CellRow]) -> list[SameCell]:
        """The cells of the rows, without the first one."""
        first = self._read(rows[0])
        others = {row.hash: self._read(row) for row in rows if row.hash != rows[0].hash}
        return [
            SameCell(
                cell.name, key, {name: cell.levels[name] for name in differing(cell.task, [first.levels, cell.levels])}
            )
            for key, cell in others.items()
        ]

    def _read(self, row: CellRow) -> Cell:
        """The cell of a row, which is validated only once. Raises UnreadableCell."""
        key = row.task, row.hash
        with self._lock:
            cell = self._cells.get(key)
        if cell is None:
            cell = read_cell(row.task, row.levels)
            with self._lock:
                self._cells[key] = cell
        return cell
