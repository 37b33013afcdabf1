"""The summary: runs grouped by everything except the seed, over one experiment or all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lab.records import Epoch, Run
from lab.spec import Cell, cell_labels
from lab.stability import stack_curves, summarise
from lab.status import Outcome, Status
from lab.store import Store

# A run that failed or was cancelled says something of the machine, not of the training: it is counted, not averaged.
COUNTED = (Status.RUNNING, Status.FINISHED)


def summarise_cells(
    store: Store, filters: Mapping[str, Sequence[Any]], metric: str, experiment: str | None = None
) -> list[dict[str, Any]]:
    """One entry a cell (see `api.schemas.CellSummary`), in the order in which the cells were first posted.

    filters: factor -> the levels to keep.
    """
    groups: dict[str, list[int]] = {}
    found: dict[str, Cell] = {}
    for cell_id, _, cell in store.cells(experiment):
        if all(getattr(cell, factor) in levels for factor, levels in filters.items()):
            groups.setdefault(cell.hash, []).append(cell_id)
            found[cell.hash] = cell
    runs = store.runs(cell_ids=[cell_id for ids in groups.values() for cell_id in ids])
    epochs = store.epochs([run.id for run in runs if run.status in COUNTED])
    by_cell: dict[str, list[Run]] = {cell_hash: [] for cell_hash in groups}
    for run in runs:
        by_cell[run.cell_hash].append(run)
    labels = cell_labels(list(found.values()))
    return [
        {"cell": label, "hash": cell.hash, "levels": cell.model_dump(mode="json")}
        | _summarise(cell, by_cell[cell.hash], epochs, metric)
        for label, cell in zip(labels, found.values(), strict=True)
    ]


def _summarise(cell: Cell, runs: list[Run], epochs: dict[str, list[Epoch]], metric: str) -> dict[str, Any]:
    counted = sorted((run for run in runs if run.status in COUNTED), key=lambda run: run.seed)
    values = {run.id: [_number(getattr(epoch, metric)) for epoch in epochs[run.id]] for run in counted}
    # A diverged run has no final value; `num_runs` counts it.
    ended = [run for run in counted if run.status is Status.FINISHED and run.outcome is not Outcome.DIVERGED]
    final = np.array([values[run.id][-1] for run in ended if len(values[run.id]) == cell.epochs])
    seeds = [run.seed for run in counted]
    return {
        "experiments": sorted({run.experiment for run in runs}),
        "seeds": sorted({run.seed for run in runs}),
        "dataset_hashes": sorted({run.dataset_hash for run in counted if run.dataset_hash}),
        "repeated_seeds": sorted(seed for seed, n in Counter(seeds).items() if n > 1),
        "num_runs": count_runs(runs),
        "curves": [
            {"seed": run.seed, "experiment": run.experiment, "values": _json(values[run.id])} for run in counted
        ],
    } | summarise(stack_curves(list(values.values())), final)


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _json(values: list[float]) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values]


def count_runs(runs: Sequence[Run]) -> dict[str, Any]:
    """{"total": n, "status": {every status: n}, "outcome": {every outcome: n}}."""
    by_status = Counter(run.status for run in runs)
    by_outcome = Counter(run.outcome for run in runs)
    return {
        "total": len(runs),
        "status": {str(status): by_status[status] for status in Status},
        "outcome": {str(outcome): by_outcome[outcome] for outcome in Outcome},
    }
