"""Contrasts of cell means, each measured by its own standard error.

The variance of a contrast is the sum over cells of c^2 s^2 / n, so a noisy cell counts with its own noise (Welch 1947;
for permutations Janssen 1997, Chung and Romano 2013). If runs depend on each other because they share a seed, their
residuals are added before they are squared. For two cells with the same seeds, this is the variance of the paired
differences (Konietschke and Pauly 2014).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from evenkeel.factors.numbering import Index, group_sums, numbered
from evenkeel.statistics.curves import Array
from evenkeel.statistics.intervals import TAIL

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
    """A contrast of cell means with its t interval. The arguments are those of `intervals`, for one contrast."""
    return intervals(values, cell, cluster, seed, coefficients[np.newaxis], tail)[0]


def intervals(
    values: Array, cell: Index, cluster: Index, seed: Index, ways: Array, tail: float = TAIL
) -> list[tuple[float, float, float]]:
    """Contrasts of cell means with their t intervals. The arguments are those of `standard_errors`.

    Args:
        tail: What each interval leaves out on each side.

    Returns:
        (estimate, low, high) of each. The ends are NaN if no cell has two runs, or if the runs of every cell are equal.
    """
    estimates, errors, dfs = standard_errors(values, cell, cluster, seed, ways)
    halves = np.where(errors > 0, stdtrit(dfs, 1 - tail) * errors, np.nan)
    found = zip(estimates.tolist(), (estimates - halves).tolist(), (estimates + halves).tolist(), strict=True)
    return list(found)


def p_of_t(values: Array, cell: Index, cluster: Index, seed: Index, coefficients: Array) -> float:
    """The p of a contrast by its t, two-sided; 0 if there is no error. The arguments are as for `standard_errors`."""
    found = standard_errors(values, cell, cluster, seed, coefficients[np.newaxis])
    estimate, error, df = (float(each[0]) for each in found)
    return 2 * float(stdtr(df, -abs(estimate) / error)) if error > 0 else 0.0


def standard_errors(values: Array, cell: Index, cluster: Index, seed: Index, ways: Array) -> tuple[Array, Array, Array]:
    """Contrasts of cell means, their standard errors and their degrees of freedom.

    The degrees of freedom are Welch and Satterthwaite's (1947) over the clusters. Within a cluster they are those over
    its sets of cells with the same seeds, each with its number of seeds minus 1, but at most the number of the
    cluster's seeds minus 1. A cell with one run counts with the variance of the other cells, pooled.

    Args:
        values: (num_runs,).
        cell: (num_runs,), the number of each run's cell.
        cluster: (num_runs,), the number of the cluster of each run's cell.
        seed: (num_runs,). Runs of one seed in one cluster may depend on each other.
        ways: (num_contrasts, num_cells), the coefficients of the cell means.

    Returns:
        (num_contrasts,) each: estimates, standard errors, degrees of freedom. The last two are NaN if there is no error
        to measure.
    """
    n = np.bincount(cell, minlength=ways.shape[1])
    means = np.bincount(cell, values, ways.shape[1]) / np.maximum(n, 1)
    residuals = values - means[cell]
    free = int(np.sum(np.maximum(n - 1, 0)))
    variances, dfs = np.zeros((len(ways), 1)), np.ones((len(ways), 1))
    several = n[cell] > 1
    if several.any():
        own, where, which = residuals[several], cell[several], seed[several]
        scaled = own[:, np.newaxis] * (ways / np.sqrt(np.maximum(n * (n - 1), 1))).T[where]
        counts = ways.T[where] != 0
        variances, dfs = _of_clusters(scaled, counts, where, numbered(cluster[several]), which)
    alone = np.sum(np.where(n == 1, ways, 0.0) ** 2, axis=1)
    if free:
        pooled = alone * float(np.sum(residuals**2)) / free
        variances, dfs = np.column_stack([variances, pooled]), np.column_stack([dfs, np.full(len(ways), free)])
    total = variances.sum(axis=1)
    known = np.sqrt(total) > 1e-12 * float(np.max(np.abs(values), initial=0.0))
    total = np.where(known, total, np.nan)
    return ways @ means, np.sqrt(total), total**2 / np.sum(variances**2 / dfs, axis=1)


def _of_clusters(
    scaled: Array, counts: NDArray[np.bool_], cell: Index, cluster: Index, seed: Index
) -> tuple[Array, Array]:
    """(num_contrasts, num_clusters) each: the variance that each cluster adds, and its degrees of freedom.

    Args:
        scaled: (num_runs, num_contrasts), what each run's residual adds.
        counts: (num_runs, num_contrasts), whether the run's cell has a coefficient other than 0.
    """
    alike = _sets_of_seeds(cell, cluster, seed)
    in_set, in_cluster = numbered(alike, seed), numbered(cluster, seed)
    of_set = group_sums(group_sums(scaled, in_set) ** 2, _whose(alike, in_set))
    of_cluster = group_sums(group_sums(scaled, in_cluster) ** 2, _whose(cluster, in_cluster))
    free = np.maximum(np.bincount(_whose(alike, in_set)) - 1, 1)[:, np.newaxis]
    sets_of = _whose(cluster, alike)
    df = group_sums(of_set, sets_of) ** 2 / np.maximum(group_sums(of_set**2 / free, sets_of), 1e-300)
    seeds = group_sums(
        (group_sums(counts.astype(np.float64), in_cluster) > 0).astype(np.float64), _whose(cluster, in_cluster)
    )
    return of_cluster.T, np.maximum(1.0, np.minimum(df, seeds - 1)).T


def _sets_of_seeds(cell: Index, cluster: Index, seed: Index) -> Index:
    """(num_runs,), numbers of sets of cells of one cluster that have the same seeds."""
    order = np.lexsort((seed, cell))
    starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    seeds, width = seed[order].tobytes(), seed.itemsize
    names = [
        (of, seeds[start * width : end * width])
        for of, start, end in zip(cluster[order[starts]].tolist(), starts.tolist(), ends.tolist(), strict=True)
    ]
    number = {name: place for place, name in enumerate(dict.fromkeys(names))}
    found = np.zeros(int(cell.max()) + 1, np.int64)
    found[cell[order[starts]]] = [number[name] for name in names]
    return found[cell]


def _whose(parent: Index, child: Index) -> Index:
    """(num_children,), the parent of each child. Each child has one parent."""
    found = np.zeros(int(child.max()) + 1, np.int64)
    found[child] = parent
    return found


def _sum_of_squares(scaled: Array, dependent: Index) -> Array:
    """The sum over groups of (sum over the group's runs)^2. scaled: (num_rows, num_runs), sorted by group."""
    sums = np.add.reduceat(scaled, np.flatnonzero(np.diff(dependent, prepend=dependent[0] - 1)), axis=1)
    return np.asarray(np.sum(sums**2, axis=1))
