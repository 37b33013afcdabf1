"""Reads the runs of a frame."""

from collections.abc import Sequence
from typing import Any

from evenkeel.stability.columns import declared_order, read_columns
from evenkeel.stability.roles import check_column, find_factors
from evenkeel.stability.rows import Levels, Run, num_epochs_of, runs_of
from evenkeel.stability.run_set import Runs, gather
from evenkeel.stability.task import make_metric, make_task
from evenkeel.stability.values import numbers_of, outcomes_of, whole_numbers_of

ONE_CELL = ("runs", "all")  # the factor and the level of the one cell, if no factor varies


def runs(
    frame: Any,
    metric: str,
    better: str,
    seed: str = "seed",
    epoch: str | None = None,
    factors: Sequence[str] | None = None,
    worst: float | None = None,
    diverged: str | None = None,
    share: bool | None = None,
    name: str = "runs",
) -> Runs:
    """Read the runs of a frame: a row a run and epoch, or a row a run without `epoch`.

    A run diverged if the column `diverged` says so, or if its metric is not finite at its end. A run that stops before
    the last epoch of its cell, and did not diverge, counts as still training.

    Args:
        frame: A pandas or polars DataFrame, a pyarrow Table, or a dict of lists.
        metric: The column of the metric.
        better: 'higher' or 'lower': which values of it are better.
        seed: The column of the seeds, which are whole numbers. Runs that differ in nothing else are one cell.
        epoch: The column of the epochs, which are whole numbers. The epochs are numbered from 1, in their order.
        factors: The columns of the factors. By default all other columns with two or more levels.
        worst: The value that a diverged run counts with. By default it is 0 for a share of which more is better, 1 for
            one of which less is better, and infinite for other metrics.
        diverged: A column that says whether a run diverged: true or false, or the words converged, collapsed, diverged.
            It may say so in every row of the run, or from the epoch on in which the run diverged.
        share: Whether the metric is a share, in [0, 1], which decides how intervals are made. By default it is one if
            higher is better and all its values lie there.
        name: What reports call these runs.

    Raises:
        FrameError: The frame does not hold such runs. The error names the column and the row.

    Example:
        >>> from evenkeel import stability
        >>> frame = {
        ...     "lr": [0.1, 0.1, 0.1, 0.1, 0.5, 0.5, 0.5],
        ...     "seed": [0, 0, 1, 1, 0, 0, 1],
        ...     "epoch": [1, 2, 1, 2, 1, 2, 1],
        ...     "loss": [2.0, 1.0, 2.2, 1.1, 2.5, 1.2, float("nan")],
        ... }
        >>> runs = stability.runs(frame, metric="loss", better="lower", epoch="epoch")
        >>> [cell.divergence.diverged for cell in runs.cells]
        [0, 1]
    """
    columns = read_columns(frame)
    roles = {"metric": metric, "seed": seed, "epoch": epoch, "diverged": diverged}
    named = {role: column for role, column in roles.items() if column is not None}
    for role, column in named.items():
        check_column(columns, column, role)
    values = numbers_of(metric, columns[metric])
    declared = make_metric(metric, values, better, worst, share)
    seeds = whole_numbers_of(seed, columns[seed], "seed")
    epochs = [1] * len(seeds) if epoch is None else whole_numbers_of(epoch, columns[epoch], "epoch")
    levels = find_factors(columns, factors, named.values(), seeds, epochs)
    order = {factor: declared_order(frame, factor) for factor in levels}
    said = None if diverged is None else outcomes_of(diverged, columns[diverged])
    found = runs_of(levels, seeds, epochs, values, said, (seed, epoch or ""))
    num_epochs = num_epochs_of(found)
    factor, level = ONE_CELL
    task = make_task(
        declared,
        levels or {factor: [level]},
        order,
        lambda parameters: num_epochs[tuple(getattr(parameters, name) for name in levels)],
    )
    cells: dict[Levels, list[Run]] = {}
    for run in found:
        cells.setdefault(run.levels, []).append(run)
    gathered = [
        gather(task, name, index, dict(zip(levels, own, strict=True)) or {factor: level}, of_cell)
        for index, (own, of_cell) in enumerate(cells.items())
    ]
    return Runs(task, name, gathered)
