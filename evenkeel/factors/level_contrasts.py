"""The contrasts that the permutation tests look at: pairs of levels, and pairs of pairs."""

from itertools import combinations, product

import numpy as np

from evenkeel.factors.seeds import Index, Places, numbered
from evenkeel.statistics.curves import Array

MOST_TETRADS = 200


def pairs_of_levels(places: Places) -> Array:
    """(num_pairs, num_cells), the coefficients of the difference of each pair of levels that share a block."""
    levels = np.unique(places.level)
    table = _table(places, [(level,) for level in levels], places.level[:, np.newaxis])
    found = []
    for i, j in combinations(range(len(levels)), 2):
        both = table[:, [i, j]]
        found.append(_coefficients(both, np.array([1.0, -1.0]), table))
    return _known(found, table)


def tetrads(places: Places, factors: Index) -> Array:
    """(num_tetrads, num_cells), the coefficients of (a - b at one level) - (a - b at another level)."""
    first, second = (np.unique(factors[:, column]) for column in (0, 1))
    table = _table(places, list(product(first, second)), factors)
    pairs = [list(combinations(range(len(levels)), 2)) for levels in (first, second)]
    if len(pairs[0]) * len(pairs[1]) > MOST_TETRADS:
        pairs = [[(0, other) for other in range(1, len(levels))] for levels in (first, second)]
    width = len(second)
    found = []
    for (a, b), (c, d) in product(*pairs):
        four = table[:, [a * width + c, a * width + d, b * width + c, b * width + d]]
        found.append(_coefficients(four, np.array([1.0, -1.0, -1.0, 1.0]), table))
    return _known(found, table)


def _table(places: Places, columns: list[tuple[int, ...]], levels: Index) -> Index:
    """(num_blocks, num_columns), the number of the cell of each block with these levels; -1 if there is none."""
    place = {tuple(int(level) for level in column): number for number, column in enumerate(columns)}
    block = numbered(places.block)
    table = np.full((block.max(initial=-1) + 1, len(columns)), -1)
    table[block, [place[tuple(row)] for row in levels.tolist()]] = places.cell
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
