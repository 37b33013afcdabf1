"""How many whole curves lie inside the min-max band of the other runs, which tells how seldom a band holds a curve."""

import numpy as np

from evenkeel.statistics.curves import Array


def curves_inside_the_others(curves: Array) -> int:
    """The number of runs whose value is at every epoch between the lowest and the highest of the other runs.

    At one epoch this happens with the probability (n - 2) / n. A whole curve has many chances to leave the band, and
    how many depends on how much the epochs of a run have in common. So it is counted.

    Args:
        curves: (num_runs, num_epochs), without NaN.
    """
    if len(curves) < 3:
        return 0
    outside = np.zeros(curves.shape, np.bool_)
    for end in (curves.min(axis=0), curves.max(axis=0)):
        outside |= (curves == end) & (np.sum(curves == end, axis=0) == 1)
    return int(np.sum(~outside.any(axis=1)))
