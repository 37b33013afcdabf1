"""How much the runs of one seed resemble each other in different cells."""

import numpy as np

from evenkeel.factors.numbering import Index, numbered
from evenkeel.statistics.curves import Array

FEWEST_SHARED = 3  # with two seeds, every correlation is -1 or 1
SMALLEST = 1e-12  # length of a cell's residuals; a smaller one is rounding


def seed_correlation(residuals: Array, cell: Index, seed: Index) -> float | None:
    """Mean Pearson correlation between two cells, over the seeds that they share.

    Args:
        residuals: (num_runs, num_values), each run's values minus the mean of its cell; NaN for a run without values.
        cell: (num_runs,).
        seed: (num_runs,). If a cell has a seed twice, its first run counts.

    Returns:
        The mean over all pairs of cells that share three or more seeds. None if there is no such pair, or if all runs
        of these cells are equal.
    """
    kept = ~np.isnan(residuals).any(axis=1)
    residuals, cell, seed = residuals[kept], cell[kept], seed[kept]
    first = np.unique(numbered(cell, seed), return_index=True)[1]
    numbers, columns = numbered(cell[first]), numbered(seed[first])
    if not len(first):
        return None
    table = np.zeros((numbers.max() + 1, columns.max() + 1, residuals.shape[1]))
    table[numbers, columns] = residuals[first]
    there = np.zeros(table.shape[:2])
    there[numbers, columns] = 1.0
    # A cell whose runs are equal has no correlation with another.
    varies = table.any(axis=(1, 2))
    table, there = table[varies], there[varies]
    if len(table) < 2:
        return None
    centred = (table - table.mean(axis=1, keepdims=True)).reshape(len(table), -1)
    size = np.sqrt(np.sum(centred**2, axis=1, keepdims=True))
    if there.all() and there.shape[1] >= FEWEST_SHARED and size.min() > SMALLEST:
        return _of_whole_table(centred / size)
    return _pair_by_pair(table, there)


def _of_whole_table(units: Array) -> float:
    """The mean product of two rows. units: (num_cells, num_values), rows of length 1."""
    # (u + v + w)^2 has each product of two of them twice.
    twice = np.sum(units.sum(axis=0) ** 2) - np.sum(units**2)
    return float(twice / (len(units) * (len(units) - 1)))


def _pair_by_pair(table: Array, there: Array) -> float | None:
    """The mean correlation of cells that may lack seeds.

    Args:
        table: (num_cells, num_seeds, num_values), 0 where a cell lacks a seed.
        there: (num_cells, num_seeds), 1 where it has the seed and else 0.
    """
    shared = there @ there.T
    # The means are over the shared seeds of each pair of cells, so that pairs of unequal size are centred too.
    squares = np.sum(table**2, axis=2) @ there.T
    flat = table.reshape(len(table), -1)
    counts = np.maximum(shared, 1)
    both, own = np.zeros_like(shared), np.zeros_like(shared)
    for values in np.moveaxis(table, 2, 0):
        sums = values @ there.T
        both += sums * sums.T
        own += sums**2
    products = flat @ flat.T - both / counts
    variances = np.maximum(squares - own / counts, 0)
    size = np.sqrt(variances * variances.T)
    pairs = np.triu((shared >= FEWEST_SHARED) & (size > SMALLEST**2), 1)
    return float(np.mean(products[pairs] / size[pairs])) if pairs.any() else None
