"""The contrasts that the permutation tests look at: pairs of levels, and pairs of pairs."""

from itertools import combinations, product

import numpy as np

from evenkeel.factors.numbering import Index, numbered
from evenkeel.factors.seeds import Places
from evenkeel.statistics.curves import Array

MOST_PAIRS = 2000
MOST_TETRADS = 200


def pairs_of_levels(places: Places) -> Array:
    """(num_pairs, num_cells), the coefficients of the difference of each pair of levels that share a block."""
    levels = np.unique(places.level)
    table = _table(places, np.searchsorted(levels, places.level), len(levels))
    found = [_coefficients(table[:, pair], np.array([1.0, -1.0]), table) for pair in twos(len(levels))]
    return _known(found, table)


def tetrads(places: Places, factors: Index) -> Array:
    """(num_tetrads, num_cells), the coefficients of (a - b at one level) - (a - b at another level)."""
    first, second = (np.unique(factors[:, column]) for column in (0, 1))
    column = np.searchsorted(first, factors[:, 0]) * len(second) + np.searchsorted(second, factors[:, 1])
    table = _table(places, column, len(first) * len(second))
    found = [
        _coefficients(table[:, four], np.array([1.0, -1.0, -1.0, 1.0]), table)
        for four in fours(len(first), len(second))
    ]
    return _known(found, table)


def twos(size: int) -> Index:
    """(num_pairs, 2), the pairs of so many levels. If there are very many, only those with the first level."""
    pairs = (
        list(combinations(range(size), 2)) if size * (size - 1) / 2 <= MOST_PAIRS else [(0, k) for k in range(1, size)]
    )
    return np.array(pairs, np.int64).reshape(-1, 2)


def fours(first: int, second: int) -> Index:
    """(num_tetrads, 4), the columns of each tetrad: of so many levels of two factors, the second one varies faster."""
    pairs = [list(combinations(range(size), 2)) for size in (first, second)]
    if len(pairs[0]) * len(pairs[1]) > MOST_TETRADS:
        pairs = [[(0, other) for other in range(1, size)] for size in (first, second)]
    return np.array(
        [[a * second + c, a * second + d, b * second + c, b * second + d] for (a, b), (c, d) in product(*pairs)],
        np.int64,
    ).reshape(-1, 4)


def _table(places: Places, column: Index, num_columns: int) -> Index:
    """(num_blocks, num_columns), the number of the cell of each block in each column; -1 if there is none.

    Args:
        column: (num_runs,), the column of each run's cell.
    """
    block = numbered(places.block)
    table = np.full((block.max(initial=-1) + 1, num_columns), -1)
    table[block, column] = places.cell
    return table


def _coefficients(cells: Index, signs: Array, table: Index) -> Array:
    """(num_cells,), the mean over the blocks with all these cells of the signed sum of their means; 0 if none has."""
    whole = cells[(cells >= 0).all(axis=1)]
    found = np.zeros(table.max(initial=-1) + 1)
    for column, sign in enumerate(signs):
        found[whole[:, column]] = sign / max(1, len(whole))
    return found


def _known(found: list[Array], table: Index) -> Array:
    contrasts = np.array(found).reshape(len(found), table.max(initial=-1) + 1)
    return np.asarray(contrasts[(contrasts != 0).any(axis=1)])
