"""Cells as GET /summary has them, from curves written down by hand: the numbers are the lab's own."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lab.stability.cells import CellRuns, describe_cells, numbers


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
    **levels: Any,
) -> dict[str, Any]:
    """curves: one a seed, as far as it got. outcomes: of the seeds that did not converge: "collapsed", the epoch in
    which it diverged, or None while it trains. levels: more of them, which the label names."""
    said = [(outcomes or {}).get(seed, "converged") for seed in range(len(curves))]
    diverged = [outcome if isinstance(outcome, int) else None for outcome in said]
    named = ["diverged" if isinstance(outcome, int) else outcome for outcome in said]
    num_epochs = epochs or max(map(len, curves), default=3)
    runs = CellRuns(
        seeds=list(range(len(curves))),
        values=[np.array(curve, np.float64) for curve in curves],
        losses=[np.ones(len(curve)) for curve in curves],
        ended=np.array([outcome is not None for outcome in named], np.bool_),
        collapsed=np.array([outcome == "collapsed" for outcome in named], np.bool_),
        diverged_epoch=np.array([np.nan if epoch is None else epoch for epoch in diverged], np.float64),
        num_epochs=num_epochs,
    )
    [described] = describe_cells([runs], metric, threshold)
    return described | {
        "cell": "-".join([arch, norm, init, *(f"{name}={level}" for name, level in levels.items())]),
        "levels": {"arch": arch, "norm": norm, "init": init, "epochs": num_epochs} | levels,
        "num_runs": {"outcome": {name: named.count(name) for name in ("converged", "collapsed", "diverged")}},
        "curves": [
            {"seed": seed, "outcome": named[seed], "diverged_epoch": diverged[seed], "values": numbers(values)}
            for seed, values in enumerate(runs.values)
        ],
    }
