"""Numbers for groups of runs, and sums over the groups. A grid may have 20,000 runs: nothing here loops over runs."""

import numpy as np
from numpy.typing import NDArray

from evenkeel.statistics.curves import Array

Index = NDArray[np.int64]
SPARSE = 8  # possible numbers for each run, up to which counting is faster than sorting


def numbered(*keys: Index) -> Index:
    """Number the combinations of the keys, from 0, in the order of the first key, then of the second, and so on.

    Args:
        keys: (num_runs,) each.
    """
    found, size = _from_zero(keys[0])
    for key in keys[1:]:
        further, width = _from_zero(key)
        if size * width > SPARSE * len(found):
            found, size = _from_zero(_ranks(found))
            further, width = _from_zero(_ranks(further))
        found, size = found * width + further, size * width
    return _ranks(found)


def _from_zero(key: Index) -> tuple[Index, int]:
    """The key minus its lowest value, and how many different values it may then have."""
    key = np.asarray(key, np.int64)
    if not len(key):
        return key, 0
    lowest = int(key.min())
    return key - lowest if lowest else key, int(key.max()) - lowest + 1


def _ranks(key: Index) -> Index:
    """The number of each value among the different values, in their order."""
    key, size = _from_zero(key)
    if size > SPARSE * len(key):
        return np.unique(key, return_inverse=True)[1].reshape(-1).astype(np.int64)
    there = np.bincount(key) > 0
    return np.asarray((np.cumsum(there) - 1)[key], np.int64)


def group_sums(values: Array, group: Index) -> Array:
    """(num_groups, num_values), the sum of each group's rows. values: (num_runs, num_values); group: (num_runs,)."""
    shape = int(group.max(initial=-1)) + 1, values.shape[1]
    place = group[:, np.newaxis] * shape[1] + np.arange(shape[1])
    sums = np.bincount(place.reshape(-1), values.reshape(-1), int(np.prod(shape)))
    return np.asarray(sums, np.float64).reshape(shape)


def group_means(values: Array, group: Index) -> Array:
    """(num_runs, num_values), the mean of each run's group."""
    counts = np.maximum(np.bincount(group), 1)[:, np.newaxis]
    return np.asarray((group_sums(values, group) / counts)[group])
