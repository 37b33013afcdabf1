"""The cells of a store and their runs. Cells that differ only in parameters that they ignore are one cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from evenkeel.analysis.facts import SameCell
from evenkeel.analysis.gathering import Gathered
from evenkeel.grids.cell import Cell, UnreadableCell, read_cell
from evenkeel.grids.levels import differing
from evenkeel.grids.tasks import known_tasks
from evenkeel.plugins import Task
from evenkeel.records.left_out import LeftOut, leave_out
from evenkeel.records.rows import CellRow, SeedRun

if TYPE_CHECKING:
    from cachetools import LRUCache

    from evenkeel.store import Store


class StoredCells:
    """Finds the cells of a store. It validates the levels of a cell only once. Thread-safe."""

    def __init__(self, store: Store, cells: LRUCache[tuple[Task | None, str], Cell], as_if_ended: bool) -> None:
        """
        Args:
            cells: Where it keeps the cells that it has validated.
            as_if_ended: See `evenkeel.analysis.summary.Summaries`.
        """
        self._store = store
        self._cells = cells
        self._as_if_ended = as_if_ended
        # Even a look-up changes the order of an LRU cache.
        self._lock = Lock()

    def rows(
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
        in_front = [sorted(rows, key=self._plainness) if len(rows) > 1 else rows for rows in groups.values()]
        return {rows[0].hash: rows for rows in in_front}, left_out

    def gather(self, groups: Sequence[list[CellRow]]) -> list[Gathered]:
        """The cells of these rows, with their runs."""
        runs: dict[int, list[SeedRun]] = {row.id: [] for rows in groups for row in rows}
        for run in self._store.curves.seed_runs(list(runs)):
            runs[run.cell_id].append(run)
        return [
            Gathered(self.read(rows[0]), rows, [run for row in rows for run in runs[row.id]], self._same(rows))
            for rows in groups
        ]

    def in_order(self, groups: Mapping[str, list[CellRow]]) -> list[tuple[str, Cell]]:
        """(hash, cell) of each cell of these rows, in the order of their levels."""
        read = {key: self.read(rows[0]) for key, rows in groups.items()}
        return sorted(read.items(), key=lambda item: item[1].rank)

    def _trains_as(self, row: CellRow) -> str:
        """Equal for rows of one cell. What a task ignores now says nothing about the cells of its earlier versions."""
        cell = self.read(row)
        return cell.trains_as if cell.hash == row.hash else row.hash

    def _plainness(self, row: CellRow) -> tuple[Any, ...]:
        cell = self.read(row)
        return len(cell.idle_levels), cell.rank, row.id

    def _same(self, rows: Sequence[CellRow]) -> list[SameCell]:
        """The cells of the rows, without the first one."""
        first = self.read(rows[0])
        others = {row.hash: self.read(row) for row in rows if row.hash != rows[0].hash}
        return [
            SameCell(
                cell.name, key, {name: cell.levels[name] for name in differing(cell.task, [first.levels, cell.levels])}
            )
            for key, cell in others.items()
        ]

    def read(self, row: CellRow) -> Cell:
        """The cell of a row, which is validated only once. Raises UnreadableCell."""
        # A task that is declared anew may read the same levels as another cell.
        key = known_tasks().get(row.task), row.hash
        with self._lock:
            cell = self._cells.get(key)
        if cell is None:
            cell = read_cell(row.task, row.levels)
            with self._lock:
                self._cells[key] = cell
        return cell
