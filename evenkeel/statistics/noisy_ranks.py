"""The rank test where one cell may be noisier than the other. Then the runs of a few seeds may lie apart by chance.

The exact test asks whether two cells have the same distribution. A cell that spreads four times as wide does not, even
if its runs are neither better nor worse: three of its runs lie on one side of ten others in 9 % of cases, but only in
0.7 % if all thirteen are alike. So where the numbers of runs differ, the test that asks for "better" looks at the noise
as well. Where they are equal, noise changes little (Pratt 1964, JASA 59:665-680).
"""

from functools import lru_cache

import numpy as np

from evenkeel.statistics.curves import Array
from evenkeel.statistics.keeping import keep
from evenkeel.statistics.rank_sums import exact_tail

DRAWS = 9_999
MOST_SHIFTS = 2_000
WORK = 2_000_000  # the most values that are drawn at once
POWER = 0.8
FEWEST = 5
STEPS = 8  # steps of the ratio for each factor of e
COARSE = 4  # steps that a simulated study is rounded to
FURTHEST = 3.0  # the log of the largest ratio that is told apart from infinity


def noise_tail(n: int, m: int, ratio: float) -> Array:
    """p of each distance that U may have from its middle, if cells of unequal noise are neither better nor worse.

    This is a parametric bootstrap of U / nm for equal medians (Reiczigel, Zakarias and Rozsa 2005, The American
    Statistician 59:156-161), with normal values, since so few runs tell little about their shape. The noise is not
    known either. So each draw has its own sigma = s sqrt((n - 1) / c), with c chi-square with n - 2 degrees of freedom:
    the posterior distribution for a flat prior of sigma (Gelman 2006, Bayesian Analysis 1:515-534). p = (k + 1) /
    (`DRAWS` + 1), where k of the draws lie as far from the middle. The draws are always the same.

    Args:
        n: Number of runs of a.
        m: Number of runs of b.
        ratio: The standard deviation of a divided by that of b.

    Returns:
        (nm + 1,), p of |2 U - nm| >= 0, 1, 2 and so on. It is 0 for n = m, where the exact test is enough.
    """
    if n == m:
        return np.zeros(n * m + 1)
    step = _step(ratio)
    # Turned round, the question is the same. So both ways have the same draws.
    return _tail(n, m, step) if (n, step) <= (m, -step) else _tail(m, n, -step)


def smallest_shift(n: int, m: int, ratio: float, level: float) -> float | None:
    """The difference of two cells that the test finds with a probability of 80 %, in standard deviations of b.

    Each draw is a study with a noise that may have given the observed one, sigma = s sqrt((n - 1) / chi2(n - 1)). Its
    runs of a pass those of b in enough pairs as soon as the shift reaches an order statistic of the differences. The
    result is the 80 % quantile of this order statistic. How many pairs are enough depends on the noise that the study
    would observe in its turn.

    Args:
        level: p has to be at most this.

    Returns:
        None if no difference, however large, could be found. Also where the numbers of runs differ and a cell has fewer
        than five: then too little is known about the noise that decides.
    """
    if n != m and min(n, m) < FEWEST:
        return None
    step = _step(ratio)
    if (n, step) <= (m, -step):
        found = _shift(n, m, step, level)
    else:
        found = _shift(m, n, -step, level) * float(np.exp(step / STEPS))
    return found if np.isfinite(found) else None


def _step(ratio: float) -> int:
    return round(STEPS * float(np.clip(np.log(ratio), -FURTHEST, FURTHEST)))


@keep
def _tail(n: int, m: int, step: int) -> Array:
    rng, draws = np.random.default_rng(0), _draws(n + m)
    a, b = rng.normal(size=(draws, n)), rng.normal(size=(draws, m))
    a *= np.exp(step / STEPS) * _sigma(rng, n, n - 2, draws)
    b *= _sigma(rng, m, m - 2, draws)
    order = np.argsort(np.concatenate([a, b], axis=1), axis=1)
    u = np.sum((order < n) * np.arange(1, n + m + 1), axis=1) - n * (n + 1) // 2
    counts = np.bincount(np.abs(2 * u - n * m), minlength=n * m + 1)
    return np.asarray((counts[::-1].cumsum()[::-1] + 1) / (draws + 1))


def _sigma(rng: np.random.Generator, n: int, df: int, draws: int) -> Array:
    """(draws, 1), what sigma may be if s is 1. Where df is 0 or less, next to nothing is known."""
    free = df if df > 0 else 0.5 if n > 1 else 0.1
    return np.sqrt(max(n - 1, 1) / np.maximum(rng.chisquare(free, (draws, 1)), 1e-12))


@lru_cache(maxsize=512)
def _shift(n: int, m: int, step: int, level: float) -> float:
    rng, draws = np.random.default_rng(1), min(MOST_SHIFTS, _draws(n * m))
    a = np.exp(step / STEPS) * rng.normal(size=(draws, n)) * _sigma(rng, n, n - 1, draws)
    b = rng.normal(size=(draws, m)) * _sigma(rng, m, m - 1, draws)
    seen = np.zeros(draws, np.int64)
    if n != m and min(n, m) > 1:
        logs = np.log(a.std(axis=1, ddof=1) / b.std(axis=1, ddof=1))
        seen = np.rint(STEPS / COARSE * np.clip(logs, -FURTHEST, FURTHEST)).astype(np.int64) * COARSE
    needed = np.full(draws, -1)
    for each in np.unique(seen):
        ps = np.maximum(noise_tail(n, m, float(np.exp(each / STEPS))), exact_tail(n, m))
        enough = np.flatnonzero(ps <= level)
        if len(enough):
            needed[seen == each] = (n * m + enough[0] + 1) // 2 - 1
    found = np.full(draws, np.inf)
    for some in np.array_split(np.flatnonzero(needed >= 0), -(-draws * n * m // WORK)):
        differences = np.sort((b[some, np.newaxis] - a[some][:, :, np.newaxis]).reshape(len(some), n * m), axis=1)
        found[some] = np.take_along_axis(differences, needed[some, np.newaxis], axis=1)[:, 0]
    return float(np.quantile(found, POWER, method="higher"))


def _draws(width: int) -> int:
    return min(DRAWS, max(999, WORK // width))
