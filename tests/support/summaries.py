"""Cells of a summary, made from curves that a test writes down. The lab's own code computes their statistics."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evenkeel.analysis.facts import Curve, evidence_of
from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.cell import canonical_hash
from evenkeel.grids.levels import cell_name
from evenkeel.plugins import Outcome
from evenkeel.records.progress import count_runs
from evenkeel.records.status import Status
from evenkeel.statistics.cells import CellRuns, describe_cells
from evenkeel.statistics.values import numbers
from models.task import CLASSIFICATION


def summary_cell(
    arch: str,
    norm: str,
    init: str,
    curves: Sequence[Sequence[float]],
    outcomes: Mapping[int, Any] | None = None,
    *,
    metric: str = "train_accuracy",
    threshold: float | None = None,
    epochs: int | None = None,
    queued: int = 0,
    **levels: Any,
) -> CellSummary:
    """A cell of classification.

    Args:
        curves: One for each seed, as long as the run has trained.
        outcomes: seed -> outcome, for the seeds that did not converge. The outcome is "collapsed", the epoch in which
            the run diverged, or None if it is still training.
        queued: How many further seeds wait for their turn.
        levels: Further levels.
    """
    said = [(outcomes or {}).get(seed, "converged") for seed in range(len(curves))]
    diverged = [outcome if isinstance(outcome, int) else None for outcome in said]
    named = ["diverged" if isinstance(outcome, int) else outcome for outcome in said]
    found = [None if name is None else Outcome(name) for name in named]
    statuses = [Status.RUNNING if outcome is None else Status.FINISHED for outcome in found]
    num_epochs = epochs or max(map(len, curves), default=3)
    runs = CellRuns(
        seeds=list(range(len(curves))),
        values=[np.array(curve, np.float64) for curve in curves],
        losses=[np.ones(len(curve)) for curve in curves],
        ended=np.array([outcome is not None for outcome in found], np.bool_),
        collapsed=np.array([outcome is Outcome.COLLAPSED for outcome in found], np.bool_),
        diverged_epoch=np.array([np.nan if epoch is None else epoch for epoch in diverged], np.float64),
        num_epochs=num_epochs,
        queued=queued,
    )
    declared = CLASSIFICATION.metric(metric)
    share = declared.unit == "share"
    [stats] = describe_cells([runs], declared.higher_is_better, declared.worst, threshold, share)
    every = {"arch": arch, "norm": norm, "init": init, "epochs": num_epochs} | levels
    return CellSummary(
        cell=cell_name(CLASSIFICATION, every, canonical_hash(every)),
        hash=canonical_hash(every),
        levels=every,
        same_cells=[],
        experiments=["exp"],
        seeds=list(range(len(curves) + queued)),
        dataset_hashes=["content"],
        repeated_seeds=[],
        num_runs=count_runs(Counter([*zip(statuses, found, strict=True), *[(Status.QUEUED, None)] * queued])),
        seconds_per_run=float(num_epochs),
        evidence=evidence_of(seed for seed, outcome in enumerate(found) if outcome is not None),
        noise=None,
        curves=[
            Curve(
                seed=seed,
                experiment="exp",
                counted=True,
                outcome=found[seed],
                diverged_epoch=diverged[seed],
                values=numbers(curve),
            )
            for seed, curve in enumerate(runs.values)
        ],
        **vars(stats),
    )


def posted_twice(cell: CellSummary) -> CellSummary:
    """The cell as if a second experiment had trained its seeds again. The second run of a seed does not count."""
    again = [replace(curve, experiment="again", counted=False) for curve in cell.curves]
    curves = sorted([*cell.curves, *again], key=lambda curve: (curve.seed, not curve.counted))
    num_runs = count_runs(
        Counter((Status.RUNNING if curve.outcome is None else Status.FINISHED, curve.outcome) for curve in curves)
    )
    return replace(cell, experiments=["again", "exp"], repeated_seeds=cell.seeds, num_runs=num_runs, curves=curves)
