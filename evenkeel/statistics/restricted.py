"""The restricted mean: how many epochs runs need to reach a threshold, if all count, also those that never do."""

import numpy as np

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.intervals import TAIL
from evenkeel.statistics.keeping import keep

DRAWS = 4_000


@result
class RestrictedMean:
    until: int = about("Number of epochs of the training. A run that never reaches the threshold counts with it.")
    mean: float = about("Mean number of epochs to the threshold: the area under the Kaplan-Meier curve.")
    low: float = about("Lower end of the 95 % interval of that mean.")
    high: float = about("Upper end of that interval.")


def restricted_mean(epochs: Array, until: int) -> RestrictedMean:
    """The restricted mean of Royston and Parmar (2013, BMC Medical Research Methodology 13:152).

    It is the area under the curve of Kaplan and Meier from 0 to `until`. Here every run has ended, so this is the mean
    of min(epoch, until). With few runs, the usual interval from Greenwood's variance is too narrow, so the interval is
    that of `bounded_mean_interval`.

    Args:
        epochs: (num_runs,), at least one: the epoch in which the run reached the threshold, and infinity or NaN for a
            run that never did.
        until: Number of epochs of the training, at least 1.
    """
    needed = np.fmin(epochs, until)
    low, high = bounded_mean_interval(needed, 1.0, float(until))
    return RestrictedMean(until, float(needed.mean()), low, high)


def bounded_mean_interval(values: Array, lowest: float, highest: float) -> tuple[float, float]:
    """95 % interval of the mean of values that lie between two known ends, whatever their distribution.

    With D drawn from the flat Dirichlet distribution over n + 1 parts, the upper end is the 97.5 % quantile of
    D_1 x_1 + ... + D_n x_n + D_(n+1) highest, and the lower end is the 2.5 % quantile with `lowest` instead (Gaffke
    2005; Learned-Miller and Thomas 2019, arXiv 1905.06208). For values of 0 and 1 this is Clopper and Pearson's
    interval. It also holds for equal values: three equal runs do not make the next one certain. The draws are always
    the same, so the same values give the same interval.

    Args:
        values: (n,), at least one value.
        lowest, highest: The smallest and the largest value that is possible.
    """
    # The parts are exchangeable, so sorting changes no distribution. It makes the interval the same for any order.
    parts, ordered = _parts(len(values)), np.sort(values)
    inside, beyond = parts[:, :-1] @ ordered, parts[:, -1]
    low, high = np.quantile(inside + beyond * lowest, TAIL), np.quantile(inside + beyond * highest, 1 - TAIL)
    return float(low), float(high)


@keep
def _parts(n: int) -> Array:
    """(DRAWS, n + 1): parts of 1, each row drawn from the flat Dirichlet distribution.

    The last part matters most. Its distribution is Beta(1, n), and it is drawn once from each of DRAWS equal strata.
    """
    rest = ((np.arange(DRAWS) + 0.5) / DRAWS)[:, np.newaxis] ** (1 / n)
    return np.hstack([rest * np.random.default_rng(0).dirichlet(np.ones(n), DRAWS), 1 - rest])
