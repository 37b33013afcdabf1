"""Is a cell nearly as stable as another, and are two means nearly equal? Tests against a margin that the user declares.

A large p of a test of equality shows nothing. Here the hypothesis is that the cells differ by the margin or more, so a
small p shows that they do not (Schuirmann 1987; Lakens 2017).
"""

from dataclasses import dataclass

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.means import difference_of_means
from evenkeel.statistics.spreads import p_of_wider, ratio_limits
from evenkeel.statistics.values import Value, number


@result
class NearlyAsStable:
    margin: float = about("a is nearly as stable as b if it spreads less than this many times as wide.")
    high: Value = about("Upper end of the one-sided 95 % interval of the ratio of spreads; null if it has none.")
    p: Value = about(
        "p of the one-sided Brown-Forsythe test of a / margin against b. It is 1 if a larger share of the runs of a "
        "diverged or collapsed, because then a is less stable whatever its spread."
    )
    p_holm: Value = about(
        "p after Holm's correction over the comparisons. If it is at most the level, a is shown to be nearly as stable."
    )


@result
class NearlyEqual:
    margin: float = about("The means are nearly equal if they are less than this far apart, in the unit of the metric.")
    low: Value = about(
        "Lower end of the 90 % interval of the difference. Within it, both one-sided tests have p > 0.05."
    )
    high: Value = about("Upper end of that interval.")
    p: Value = about("The larger p of two one-sided Welch tests.")
    p_holm: Value = about(
        "p after Holm's correction over the comparisons. If it is at most the level, they are shown to be nearly equal."
    )


@dataclass(frozen=True)
class Margins:
    """What counts as nearly. None: nothing is tested.

    Attributes:
        spread: A ratio of spreads, above 0.
        mean: A difference in the unit of the metric, above 0.
    """

    spread: float | None = None
    mean: float | None = None


def nearly_as_stable(a: Array, b: Array, margin: float, worse: bool) -> NearlyAsStable:
    """Non-inferiority of the spread of a.

    Args:
        a: (n,), final values of the runs that trained.
        b: (m,).
        margin: A ratio of spreads.
        worse: Whether a larger share of the runs of a diverged or collapsed.
    """
    _, high = ratio_limits(a, b, 0.05)
    return NearlyAsStable(margin, number(float(high)), 1.0 if worse else p_of_wider(a, b, margin), None)


def nearly_equal(a: Array, b: Array, margin: float) -> NearlyEqual:
    """Equivalence of two means. a: (n,), final values of the survivors; b: (m,)."""
    found = difference_of_means(a, b)
    if found is None:
        return NearlyEqual(margin, None, None, None, None)
    low, high = found.limits(0.05)
    return NearlyEqual(margin, low, high, found.p_of_further(margin), None)
