"""A band around the mean curve over the seeds that holds at all epochs at once, and not only at each of them."""

from functools import cache

import numpy as np
import scipy
from scipy.special import chdtri, expit, logit, stdtr, stdtrit

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.intervals import CONFIDENCE
from evenkeel.statistics.shares import SAME, off_the_ends
from evenkeel.statistics.values import Value, numbers

FEWEST = 3  # runs
NODES = 20


@result
class MeanBand:
    n: int = about("Number of runs that count: they finished, did not diverge, and have a value in every epoch.")
    mean: list[Value] = about("Mean over these runs at each epoch; empty for n = 0.")
    low: list[Value] = about(
        "Lower edge of the 95 % band at each epoch. The band contains the whole curve of the true mean, at all epochs "
        "at once, with a probability of 95 %. Null for n < 3, and at an epoch where all runs have the same value."
    )
    high: list[Value] = about("Upper edge of that band at each epoch.")


def mean_band(curves: Array, share: bool = False) -> MeanBand:
    """The mean curve, and a band that contains the whole true mean curve with a probability of 95 %.

    The band is mean -+ c std / sqrt(n) at each epoch, with one c for all epochs: see `critical_value`. For a share, its
    edges are the ends of `_share_ends`, which stay inside [0, 1].

    Args:
        curves: (num_runs, num_epochs), without NaN.
        share: Whether the metric is a share, in [0, 1].
    """
    n, num_epochs = curves.shape
    low, high = np.full((2, num_epochs), np.nan)
    if not n:
        return MeanBand(0, [], [], [])
    y = logit(off_the_ends(curves)) if share else curves
    with np.errstate(over="ignore", invalid="ignore"):
        mean, centre, std = curves.mean(axis=0), y.mean(axis=0), y.std(axis=0, ddof=1 if n > 1 else 0)
        spread = curves.max(axis=0) - curves.min(axis=0)
    known = np.isfinite(std) & (spread > SAME if share else std > 1e-12 * np.abs(mean)) & (std > 0)
    if n >= FEWEST and known.any():
        m, s = centre[known], std[known]
        c = critical_value(y[:, known] - m)
        if share:
            low[known], high[known] = _share_ends(m, s, n, c)
            low[known & (curves.min(axis=0) < SAME)] = 0.0
            high[known & (curves.max(axis=0) > 1 - SAME)] = 1.0
        else:
            low[known], high[known] = m - c * s / np.sqrt(n), m + c * s / np.sqrt(n)
    return MeanBand(n, numbers(mean), numbers(low), numbers(high))


def critical_value(residuals: Array) -> float:
    """The c with which the band holds at all epochs at once.

    At each epoch, t = sqrt(n) (mean - truth) / std has Student's distribution with n - 1 degrees of freedom. Seen as a
    direction among the n runs, the curve of an epoch moves to that of the next by an angle. For normal curves, the
    chance that |t| goes beyond c on a way of the angle a is at most a / pi (1 + c^2 / (n - 1))^(-(n - 2) / 2): the
    tube of Hotelling (1939) and Naiman (1986), which is the crossing rate of a t field (Worsley 1994). It is also at
    most the chance of the later epoch alone. So c solves

    P(|t| > c) + sum over steps of min(P(|t| > c), a / pi (1 + c^2 / (n - 1))^(-(n - 2) / 2)) = 5 %.

    The angles are those between the residuals. If epochs have nothing in common, this is Bonferroni's c. If all are
    alike, it is Student's.

    Args:
        residuals: (n, num_epochs), the runs minus their mean. No epoch has only zeros. n is at least 3.
    """
    n, num_epochs = residuals.shape
    unit = residuals / np.sqrt(np.sum(residuals**2, axis=0))
    angles = np.arccos(np.clip(np.abs(np.sum(unit[:, 1:] * unit[:, :-1], axis=0)), 0, 1)) / np.pi

    def excess(c: float) -> float:
        tail = 2 * stdtr(n - 1, -c)
        crossing = angles * (1 + c**2 / (n - 1)) ** (-(n - 2) / 2)
        return float(tail + np.minimum(tail, crossing).sum() - (1 - CONFIDENCE))

    least, most = -stdtrit(n - 1, (1 - CONFIDENCE) / 2), -stdtrit(n - 1, (1 - CONFIDENCE) / 2 / num_epochs)
    return float(scipy.optimize.brentq(excess, least, most)) if excess(most) < 0 < excess(least) else float(most)


def _share_ends(mean: Array, std: Array, n: int, c: float) -> tuple[Array, Array]:
    """The ends of intervals of the means of logit-normal shares, each as likely to hold as mean -+ c std / sqrt(n).

    The ends of the mean and of the std of the logits are combined by the method of variance estimates recovery (Zou
    and Donner 2008, Statistics in Medicine 27:1693-1702): each of the two moves the logit of the mean by some amount,
    and the amounts are added as squares.

    Args:
        mean, std: (num_epochs,), of the logits of n shares.
    """
    tail = float(stdtr(n - 1, -c))
    centre, step = _logit_of_mean(mean, std), c * std / np.sqrt(n)
    wide, narrow = (_logit_of_mean(mean, std * np.sqrt((n - 1) / chdtri(n - 1, p))) - centre for p in (1 - tail, tail))
    down = np.hypot(_logit_of_mean(mean - step, std) - centre, np.minimum(np.minimum(wide, narrow), 0))
    up = np.hypot(_logit_of_mean(mean + step, std) - centre, np.maximum(np.maximum(wide, narrow), 0))
    return np.asarray(expit(centre - down)), np.asarray(expit(centre + up))


def _logit_of_mean(mean: Array, std: Array) -> Array:
    """(num_epochs,): the logit of the mean of 1 / (1 + exp(-(mean + std Z))), with Z standard normal."""
    nodes, weights = _normal_nodes()
    return np.asarray(
        logit(np.clip(expit(mean[:, np.newaxis] + std[:, np.newaxis] * nodes) @ weights, 1e-15, 1 - 1e-15))
    )


@cache
def _normal_nodes() -> tuple[Array, Array]:
    """(NODES,) each: the nodes and weights of a Gauss-Hermite quadrature of the standard normal distribution."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()
