"""When is a mean known to within -+ h, if this is asked again after each seed?

A rule that stops as soon as the 95 % interval fits stops at seeds that happen to lie close together (Anscombe 1953;
Chow and Robbins 1965). From three seeds on, it calls up to 8 % of cells known whose mean is off by more than h. So the
98 % interval has to fit, and no cell stops before 5 seeds. Then it is at most 3 %, whatever h is: see
docs/statistics.md.
"""

from scipy.special import stdtrit

from evenkeel.statistics.final import FinalStats
from evenkeel.statistics.intervals import CONFIDENCE

STRICTER = 0.98
FEWEST = 5


def is_known(final: FinalStats, half_width: float) -> bool:
    """Whether the rule may stop at this cell.

    Args:
        final: The statistics of the cell. The larger side of the interval of its mean counts, stretched by
            t(n - 1; 99 %) / t(n - 1; 97.5 %). That is exact for the t interval.
        half_width: In the unit of the values, above 0.
    """
    if final.n < FEWEST or final.mean is None or final.mean_low is None or final.mean_high is None:
        return False
    side = max(final.mean_high - final.mean, final.mean - final.mean_low)
    stretch = stdtrit(final.n - 1, (1 + STRICTER) / 2) / stdtrit(final.n - 1, (1 + CONFIDENCE) / 2)
    return bool(side * stretch <= half_width)
