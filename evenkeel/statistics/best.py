"""Which cell of several is shown to be better than every other."""

from collections.abc import Sequence

import numpy as np

from evenkeel.statistics.compare import Sample, compare
from evenkeel.statistics.curves import Array
from evenkeel.statistics.multiple import LEVEL


def shown_best(cells: Sequence[Array], higher_is_better: bool, level: float = LEVEL) -> int | None:
    """The index of the cell whose runs are shown to be better than those of each other cell; None if there is none.

    For k cells, each two-sided p of the rank test of `compare` has to be at most 2 * level / k. A cell that is not the
    best has another cell that is at least as good, and passes the test against that one with probability level / k or
    less. So with probability 1 - level or more, no cell is wrongly called the best. The other tests make it an
    intersection-union test (Berger 1982, Technometrics 24:295-300). Where the numbers of runs differ, the test allows
    for unequal noise.

    Args:
        cells: For each cell, its final values, (n,). A diverged run has the worst value, which may be infinite.
        level: The probability of an error; that of the present look if seeds were added after a look at the results.

    Example:
        >>> import numpy as np
        >>> shown_best([np.arange(5.0), np.arange(10.0, 15.0)], higher_is_better=True)
        1
        >>> shown_best([np.arange(5.0), np.arange(1.0, 6.0)], higher_is_better=True)
    """
    if len(cells) < 2 or any(not len(values) for values in cells):
        return None

    samples = [Sample(values, values[np.isfinite(values)], bad=0, runs=len(values)) for values in cells]

    def is_shown(first: int) -> bool:
        for other, sample in enumerate(samples):
            if other != first:
                found = compare(samples[first], sample, higher_is_better).improvement
                if found.p is None or found.probability is None:
                    return False
                if found.probability <= 0.5 or found.p > 2 * level / len(cells):
                    return False
        return True

    return next((index for index in range(len(cells)) if is_shown(index)), None)
