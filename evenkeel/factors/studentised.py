"""Contrasts of cell means, each measured by its own standard error.

The variance of a contrast is the sum over cells of c^2 s^2 / n, so a noisy cell counts with its own noise (Welch 1947;
for permutations Janssen 1997, Chung and Romano 2013). If runs depend on each other because they share a seed, their
residuals are added before they are squared. For two cells with the same seeds, this is the variance of the paired
differences (Konietschke and Pauly 2014).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from evenkeel.statistics.curves import Array
from evenkeel.statistics.intervals import TAIL

Index = NDArray[np.int64]
FLOOR = 1e-12  # smallest variance of a contrast, as a share of the variance that it has without any structure


def t_values(values: Array, cell: Index, dependent: Index, contrasts: Array, studentise: bool = True) -> Array:
    """|estimate| / standard error of each contrast, in each row of the values.

    A cell with one run counts with the variance of the other cells, pooled. If no cell has two runs, or without
    `studentise`, the standard error is the same in all rows.

    Args:
        values: (num_rows, num_runs). Each row has the same values in another order.
        cell: (num_runs,), the number of each run's cell.
        dependent: (num_runs,). Runs with the same number may depend on each other.
        contrasts: (num_contrasts, num_cells), the coefficients of the cell means.

    Returns:
        (num_contrasts, num_rows).
    """
    order = np.lexsort((dependent, cell))
    values, cell, dependent = values[:, order], cell[order], dependent[order]
    n = np.bincount(cell, minlength=contrasts.shape[1])
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    means = np.zeros((len(values), len(n)))
    means[:, cell[starts]] = np.add.reduceat(values, starts, axis=1) / n[cell[starts]]
    total = float(np.var(values[0]))
    free = len(cell) - len(starts)
    if studentise and free:
        residuals = values - means[:, cell]
        pooled = np.sum(residuals**2, axis=1) / free
        residuals /= np.sqrt(np.maximum(n * (n - 1), 1))[cell]
    found = []
    for coefficients in contrasts:
        plain = total * float(np.sum(coefficients**2 / np.maximum(n, 1)))
        if not studentise or not free:
            variance = np.full(len(values), plain)
        else:
            runs = np.flatnonzero(coefficients[cell])
            runs = runs[np.argsort(dependent[runs], kind="stable")]
            variance = _sum_of_squares(residuals[:, runs] * coefficients[cell[runs]], dependent[runs])
            variance += pooled * float(np.sum(coefficients[n == 1] ** 2))
        found.append(np.abs(means @ coefficients) / np.sqrt(np.maximum(variance + FLOOR * plain, 1e-300)))
    return np.array(found).reshape(len(contrasts), len(values))


def interval(
    values: Array, cell: Index, cluster: Index, seed: Index, coefficients: Array, tail: float = TAIL
) -> tuple[float, float, float]:
    """A contrast of cell means with its t interval. The arguments are those of `standard_error`.

    Args:
        tail: What the interval leaves out on each side.

    Returns:
        (estimate, low, high). The ends are NaN if no cell has two runs, or if the runs of every cell are equal.
    """
    estimate, error, df = standard_error(values, cell, cluster, seed, coefficients)
    half = float(stdtrit(df, 1 - tail)) * error if error > 0 else np.nan
    return estimate, estimate - half, estimate + half


def p_of_t(values: Array, cell: Index, cluster: Index, seed: Index, coefficients: Array) -> float:
    """The p of a contrast by its t, two-sided; 0 if there is no error. The arguments are those of `standard_error`."""
    estimate, error, df = standard_error(values, cell, cluster, seed, coefficients)
    return 2 * float(stdtr(df, -abs(estimate) / error)) if error > 0 else 0.0


def standard_error(
    values: Array, cell: Index, cluster: Index, seed: Index, coefficients: Array
) -> tuple[float, float, float]:
    """A contrast of cell means, its standard error and its degrees of freedom.

    The degrees of freedom are Welch and Satterthwaite's (1947) over the clusters. Within a cluster they are those over
    its sets of cells with the same seeds, each with its number of seeds minus 1, but at most the number of the
    cluster's seeds minus 1. A cell with one run counts with the variance of the other cells, pooled.

    Args:
        values: (num_runs,).
        cell: (num_runs,), the number of each run's cell.
        cluster: (num_runs,), the number of the cluster of each run's cell.
        seed: (num_runs,). Runs of one seed in one cluster may depend on each other.
        coefficients: (num_cells,).

    Returns:
        (estimate, standard error, degrees of freedom). The last two are NaN if there is no error to measure.
    """
    n = np.bincount(cell, minlength=len(coefficients))
    means = np.bincount(cell, values, len(coefficients)) / np.maximum(n, 1)
    estimate = float(coefficients @ means)
    residuals = values - means[cell]
    squares = np.bincount(cell, residuals**2, len(coefficients))
    free = int(np.sum(np.maximum(n - 1, 0)))
    variances, dfs = [], []
    scaled = residuals * (coefficients / np.sqrt(np.maximum(n * (n - 1), 1)))[cell]
    for number in np.unique(cluster):
        runs = np.flatnonzero((cluster == number) & (n[cell] > 1) & (coefficients[cell] != 0))
        runs = runs[np.argsort(seed[runs], kind="stable")]
        seeds_of = {int(each): tuple(seed[runs[cell[runs] == each]].tolist()) for each in np.unique(cell[runs])}
        own, free_own = [], []
        for same in dict.fromkeys(seeds_of.values()):
            some = runs[np.isin(cell[runs], [each for each, found in seeds_of.items() if found == same])]
            own.append(float(_sum_of_squares(scaled[np.newaxis, some], seed[some])[0]))
            free_own.append(len(same) - 1)
        if sum(own) > 0:
            variances.append(float(_sum_of_squares(scaled[np.newaxis, runs], seed[runs])[0]))
            df_own = sum(own) ** 2 / float(np.sum(np.square(own) / np.array(free_own)))
            dfs.append(max(1.0, min(df_own, len(np.unique(seed[runs])) - 1)))
    alone = float(np.sum(coefficients[n == 1] ** 2))
    if alone and free:
        variances.append(alone * float(squares.sum()) / free)
        dfs.append(free)
    v = np.array(variances)
    scale = float(np.max(np.abs(values), initial=0.0))
    if v.sum() ** 0.5 <= 1e-12 * scale:
        return estimate, np.nan, np.nan
    df = v.sum() ** 2 / np.sum(v**2 / np.array(dfs))
    return estimate, float(v.sum() ** 0.5), float(df)


def _sum_of_squares(scaled: Array, dependent: Index) -> Array:
    """The sum over groups of (sum over the group's runs)^2. scaled: (num_rows, num_runs), sorted by group."""
    sums = np.add.reduceat(scaled, np.flatnonzero(np.diff(dependent, prepend=dependent[0] - 1)), axis=1)
    return np.asarray(np.sum(sums**2, axis=1))
