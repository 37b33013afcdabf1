"""Makes summaries: the runs of one experiment, or of all, grouped by everything except the seed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from evenkeel.analysis.facts import CellFacts, CellSample
from evenkeel.analysis.gathering import Gathered, work_out
from evenkeel.analysis.sampling import sample_cells
from evenkeel.analysis.stored_cells import StoredCells
from evenkeel.grids.cell import Cell
from evenkeel.grids.levels import cell_name
from evenkeel.plugins import Task
from evenkeel.records.left_out import LeftOut
from evenkeel.records.rows import CellRow
from evenkeel.records.status import Status
from evenkeel.result import about, result

if TYPE_CHECKING:
    from cachetools import LRUCache

    from evenkeel.store import Store

MAX_CACHED_CELLS = 2_000  # each takes about 70 KB with ten seeds of 50 epochs
T = TypeVar("T")
# (what is kept of a cell, its state)
Key = tuple[tuple[Any, ...], tuple[Any, ...]]
MAX_READ_CELLS = 5_000  # each takes about 3 KB
FACTS = tuple(field.name for field in fields(CellFacts))


@result
class CellSummary(CellFacts):
    """A cell of a summary: the facts about it, and its name."""

    cell: str = about("Name of the cell: the levels that name a cell of its task, and the first digits of its hash.")

    @classmethod
    def of(cls, name: str, facts: CellFacts) -> CellSummary:
        return cls(cell=name, **{field: getattr(facts, field) for field in FACTS})


SampledCell = CellSummary | CellSample  # what a comparison of cells may be given


@dataclass(frozen=True)
class Found:
    """What a summary is about.

    Attributes:
        cells: (name, facts) of each cell, in the order of their levels (`Cell.rank`).
        left_out: The stored cells that are left out because they cannot be read here. Without filters, the cells of
            tasks that are not known here are among them.
        of: How many cells can be read. It is more than `cells` has if only the first were asked for.
    """

    cells: list[tuple[str, CellFacts]]
    left_out: list[LeftOut]
    of: int


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
        self._cells: LRUCache[tuple[Task | None, str], Cell] = LRUCache(MAX_READ_CELLS)
        self._stored = StoredCells(store, self._cells, as_if_ended)
        self._kept: LRUCache[Any, tuple[Any, CellFacts]] = LRUCache(MAX_CACHED_CELLS)
        self._samples: LRUCache[Any, tuple[Any, CellSample]] = LRUCache(MAX_CACHED_CELLS)
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
        at_most: int | None = None,
        only: Collection[str] | None = None,
    ) -> Found:
        """Summarise the cells of the task that can be read.

        Args:
            filters: Factor -> the levels to keep.
            experiment: Only the cells of this experiment; None for all.
            threshold: A value of the metric. The facts then say when the runs reach it.
            at_most: Only so many cells, the first in the order of their levels; None for all.
            only: Only the cells with these hashes; None for all.

        Raises:
            KeyError: The task does not declare the metric.
        """
        every, left_out = self._stored.rows(task, filters, experiment)
        wanted = every if only is None else {key: every[key] for key in only if key in every}
        in_order = self._stored.in_order(wanted)[:at_most]
        groups = {key: every[key] for key, _ in in_order}
        keys = self._keys(groups, task, metric, threshold)
        found = self._kept_or_new(
            self._kept, keys, groups, lambda cells: self._work_out(cells, task, metric, threshold)
        )
        named = [(cell_name(task, cell.levels, key), found[key]) for key, cell in in_order]
        return Found(named, left_out, len(every))

    def rows(
        self, task: Task, filters: Mapping[str, Collection[Any]], experiment: str | None = None
    ) -> tuple[list[tuple[Cell, list[CellRow]]], list[LeftOut]]:
        """The cells of `find` in their order, each with its rows in the store, and the cells that are left out. Runs
        are not looked at."""
        groups, left_out = self._stored.rows(task, filters, experiment)
        return [(cell, groups[key]) for key, cell in self._stored.in_order(groups)], left_out

    def runs_of(self, task: Task, experiment: str, cell: str) -> Gathered | None:
        """A cell and its runs, with all their curves. None if the experiment has no such cell that can be read.

        Args:
            cell: The hash of the cell, or of one that counts as it.
        """
        groups, _ = self._stored.rows(task, {}, experiment)
        found = [rows for rows in groups.values() if cell in {row.hash for row in rows}]
        return self._stored.gather(found)[0] if found else None

    def sample(
        self, task: Task, filters: Mapping[str, Collection[Any]], metric: str, experiment: str | None = None
    ) -> tuple[list[CellSample], list[LeftOut]]:
        """The cells of `find`, without statistics over their seeds: a question about 1,000 cells needs none of them.

        Returns:
            (the cells in the order of their levels, the cells that are left out).
        """
        groups, left_out = self._stored.rows(task, filters, experiment)
        found = self._kept_or_new(
            self._samples,
            self._keys(groups, task, metric),
            groups,
            lambda cells: sample_cells(cells, task.metric(metric)),
        )
        return [found[key] for key, _ in self._stored.in_order(groups)], left_out

    def _kept_or_new(
        self,
        cache: LRUCache[Any, tuple[Any, T]],
        keys: Mapping[str, Key],
        groups: Mapping[str, list[CellRow]],
        work_out: Callable[[list[Gathered]], list[T]],
    ) -> dict[str, T]:
        """What is known of each cell, by hash. keys: for each cell, what the kept value is about, and its state."""
        with self._lock:
            kept = {cell: cache.get(about) for cell, (about, _) in keys.items()}
        found = {cell: one[1] for cell, one in kept.items() if one is not None and one[0] == keys[cell][1]}
        missing = [cell for cell in groups if cell not in found]
        fresh = dict(zip(missing, work_out(self._stored.gather([groups[cell] for cell in missing])), strict=True))
        with self._lock:
            # It takes the place of what was kept of the cell before a run of it changed.
            cache.update({keys[cell][0]: (keys[cell][1], value) for cell, value in fresh.items()})
        return found | fresh

    def _keys(self, groups: Mapping[str, list[CellRow]], *about: Any) -> Mapping[str, Key]:
        """What is kept of each cell, and a state that changes as soon as a run of the cell does.

        Args:
            about: What was asked of the cells, and the task as it is declared now.
        """
        stamps = self._store.curves.cell_stamps([row.id for rows in groups.values() for row in rows])
        state = {cell: tuple((row.growing, stamps.get(row.id)) for row in rows) for cell, rows in groups.items()}
        return {cell: ((*about, *(row.id for row in rows)), state[cell]) for cell, rows in groups.items()}

    def _work_out(self, cells: list[Gathered], task: Task, metric: str, threshold: float | None) -> list[CellFacts]:
        finished = [run.id for cell in cells for run in cell.runs if run.status is Status.FINISHED]
        bits = self._store.curves.correct_bits(finished) if metric == task.per_example else {}
        return work_out(cells, task, task.metric(metric), threshold, bits)
