"""The summary: runs grouped by everything except the seed, over one experiment or all."""

from collections import Counter, OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from threading import Lock
from typing import Any

import numpy as np
from pydantic_core import to_json

from lab.cell import Cell, cell_labels, read_cell
from lab.progress import count_runs
from lab.records import CellRow, SeedRun
from lab.stability.cells import CellRuns, describe_cells, numbers
from lab.stability.noise import split_variance, unpack_bits
from lab.status import Outcome, Status
from lab.store import Store

# A run that failed or was cancelled says something of the machine, not of the training: it is counted, not averaged.
COUNTED = (Status.RUNNING, Status.FINISHED)
MAX_CACHED_CELLS = 2_000  # some 70 KB each at ten seeds of 50 epochs


class CellStats:
    """A cell's numbers, and their JSON as it is sent; both without the label, which depends on the cells beside it."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    @cached_property
    def json(self) -> bytes:
        return to_json(self.data)


@dataclass(frozen=True)
class _Group:
    """A cell, under each experiment that has it."""

    hash: str
    rows: list[CellRow]
    levels: dict[str, Any]


class Summaries:
    """Summaries of a store. Keeps what it has worked out until a run of the cell changes. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[Any, CellStats] = OrderedDict()
        self._cells: dict[str, Cell] = {}
        self._lock = Lock()

    def cells(
        self,
        filters: Mapping[str, Collection[Any]],
        metric: str,
        experiment: str | None = None,
        threshold: float | None = None,
    ) -> list[tuple[str, CellStats]]:
        """(label, numbers) of each cell (see `api.schemas.summary.CellSummary`), in the order in which they were first
        posted.

        filters: factor -> the levels to keep. threshold: of the metric, for the epochs that it takes to get there.
        """
        groups: dict[str, _Group] = {}
        for row in self._store.find_cells(experiment, filters):
            groups.setdefault(row.hash, _Group(row.hash, [], row.levels)).rows.append(row)
        stamps = self._store.cell_stamps([row.id for group in groups.values() for row in group.rows])
        keys = {
            group.hash: (metric, threshold, *((row.id, stamps.get(row.id)) for row in group.rows))
            for group in groups.values()
        }
        with self._lock:
            kept = {cell: self._kept[key] for cell, key in keys.items() if key in self._kept}
        missing = [group for cell, group in groups.items() if cell not in kept]
        fresh = dict(zip((g.hash for g in missing), self._work_out(missing, metric, threshold), strict=True))
        with self._lock:
            self._kept |= {keys[cell]: stats for cell, stats in fresh.items()}
            for cell in groups:
                self._kept.move_to_end(keys[cell])
            while len(self._kept) > MAX_CACHED_CELLS:
                self._kept.popitem(last=False)
        labels = cell_labels([self._cell(group) for group in groups.values()])
        return [(label, (kept | fresh)[cell]) for label, cell in zip(labels, groups, strict=True)]

    def _cell(self, group: _Group) -> Cell:
        if group.hash not in self._cells:
            self._cells[group.hash] = read_cell(group.levels)
        return self._cells[group.hash]

    def _work_out(self, groups: Sequence[_Group], metric: str, threshold: float | None) -> list[CellStats]:
        where = {row.id: row for group in groups for row in group.rows}
        runs: dict[str, list[SeedRun]] = {group.hash: [] for group in groups}
        for run in self._store.seed_runs(list(where)):
            runs[where[run.cell_id].hash].append(run)
        counted = [
            sorted((run for run in runs[group.hash] if run.status in COUNTED), key=lambda run: run.seed)
            for group in groups
        ]
        described = describe_cells(
            [_cell_runs(found, metric, self._cell(group).epochs) for group, found in zip(groups, counted, strict=True)],
            metric,
            threshold,
        )
        noise = self._noise(counted) if metric == "val_accuracy" else [None] * len(groups)
        return [
            CellStats(
                _identity(self._cell(group), group, runs[group.hash])
                | stats
                | {"noise": split, "curves": [_curve(run, where, metric) for run in found]}
            )
            for group, found, stats, split in zip(groups, counted, described, noise, strict=True)
        ]

    def _noise(self, counted: Sequence[Sequence[SeedRun]]) -> list[dict[str, Any] | None]:
        """Of each cell whose finished runs were validated on the same examples."""
        bits = self._store.correct_bits([run.id for runs in counted for run in runs if run.status is Status.FINISHED])
        found: list[dict[str, Any] | None] = []
        for runs in counted:
            recorded = [bits[run.id] for run in runs if run.id in bits]
            sizes = {size for size, _ in recorded} | {-1 for run in runs if run.dataset_hash != runs[0].dataset_hash}
            same = len(sizes) == 1
            found.append(split_variance(np.array([unpack_bits(b, size) for size, b in recorded])) if same else None)
        return found


def _cell_runs(runs: Sequence[SeedRun], metric: str, num_epochs: int) -> CellRuns:
    return CellRuns(
        seeds=[run.seed for run in runs],
        values=[run.curves.get(metric, _EMPTY) for run in runs],
        losses=[run.curves.get("train_loss", _EMPTY) for run in runs],
        ended=np.array([run.status is Status.FINISHED for run in runs], np.bool_),
        collapsed=np.array([run.outcome is Outcome.COLLAPSED for run in runs], np.bool_),
        diverged_epoch=np.array([np.nan if run.diverged_epoch is None else run.diverged_epoch for run in runs], float),
        num_epochs=num_epochs,
    )


_EMPTY = np.array([], np.float64)


def _identity(cell: Cell, group: _Group, runs: Sequence[SeedRun]) -> dict[str, Any]:
    seeds = Counter(run.seed for run in runs if run.status in COUNTED)
    return {
        "hash": group.hash,
        "levels": cell.model_dump(mode="json"),
        "experiments": sorted({row.experiment for row in group.rows}),
        "seeds": sorted({run.seed for run in runs}),
        "dataset_hashes": sorted({run.dataset_hash for run in runs if run.status in COUNTED and run.dataset_hash}),
        "repeated_seeds": sorted(seed for seed, n in seeds.items() if n > 1),
        "num_runs": count_runs(Counter((run.status, run.outcome) for run in runs)),
        "seconds_per_run": _seconds_per_run(runs),
    }


def _seconds_per_run(runs: Sequence[SeedRun]) -> float | None:
    whole = [
        float(np.sum(run.curves["epoch_seconds"]))
        for run in runs
        if run.status is Status.FINISHED and run.outcome is not Outcome.DIVERGED and "epoch_seconds" in run.curves
    ]
    return median(whole) if whole else None


def _curve(run: SeedRun, where: Mapping[int, CellRow], metric: str) -> dict[str, Any]:
    return {
        "seed": run.seed,
        "experiment": where[run.cell_id].experiment,
        "outcome": run.outcome,
        "diverged_epoch": run.diverged_epoch,
        "values": numbers(run.curves.get(metric, _EMPTY)),
    }
