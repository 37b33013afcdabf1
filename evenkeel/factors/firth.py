"""Logistic regression whose estimates stay finite, even if a level always or never diverges."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import chi2

from evenkeel.statistics.curves import Array
from evenkeel.statistics.intervals import TAIL

STEPS = 200
LARGEST_STEP = 2.0
TOLERANCE = 1e-9
FARTHEST = 30.0  # log odds


def fit(design: Array, y: Array, fixed: dict[int, float] | None = None) -> tuple[Array, float]:
    """Fit Firth's penalised logistic regression (1993).

    It maximises log L + log det(X'WX) / 2 with W = diag(pi (1 - pi)). The score is X'(y - pi + h (1/2 - pi)), where h
    are the leverages of W^(1/2) X. A Newton step that lowers the penalised likelihood is halved until it does not.

    Args:
        design: (n, p), of full column rank, with a column for the constant.
        y: (n,), 0 or 1.
        fixed: column -> the value at which its coefficient is held.

    Returns:
        (coefficients (p,), penalised log likelihood).
    """
    held = fixed or {}
    free = [column for column in range(design.shape[1]) if column not in held]
    beta = np.zeros(design.shape[1])
    for column, value in held.items():
        beta[column] = value
    best = _penalised(design, y, beta)
    for _ in range(STEPS if free else 0):
        step = _newton(design, y, beta, free)
        while (found := _penalised(design, y, beta + step)) < best - 1e-12 and np.abs(step).max() > TOLERANCE:
            step = step / 2
        beta, best = beta + step, max(best, found)
        if np.abs(step).max() < TOLERANCE:
            break
    return beta, best


def profile_interval(design: Array, y: Array, column: int, tail: float = TAIL) -> tuple[float, float]:
    """Interval of one coefficient, from the profile penalised likelihood (Heinze and Schemper 2002).

    At each end, twice the fall of the log likelihood is the 1 - 2 tail quantile of chi2(1). An end is infinite if the
    search does not find it within `FARTHEST` of the estimate.
    """
    beta, best = fit(design, y)
    limit = float(chi2.isf(2 * tail, 1)) / 2

    def excess(value: float) -> float:
        return best - fit(design, y, {column: value})[1] - limit

    return _end(excess, beta[column], -1.0), _end(excess, beta[column], 1.0)


def _end(excess: Callable[[float], float], start: float, direction: float) -> float:
    distance = 1.0
    while excess(start + direction * distance) < 0:
        distance *= 2
        if distance > FARTHEST:
            return direction * np.inf
    return float(brentq(excess, start, start + direction * distance, xtol=1e-6))


def _newton(design: Array, y: Array, beta: Array, free: list[int]) -> Array:
    chance = expit(design @ beta)
    weights = chance * (1 - chance)
    information = design.T @ (weights[:, np.newaxis] * design)
    leverage = weights * np.einsum("ij,ji->i", design, np.linalg.pinv(information) @ design.T)
    score = design.T @ (y - chance + leverage * (0.5 - chance))
    step = np.zeros_like(beta)
    step[free] = np.linalg.pinv(information[np.ix_(free, free)]) @ score[free]
    size = np.abs(step).max()
    return step if size <= LARGEST_STEP else step * (LARGEST_STEP / size)


def _penalised(design: Array, y: Array, beta: Array) -> float:
    linear = design @ beta
    weights: NDArray[np.float64] = expit(linear) * expit(-linear)
    sign, log_det = np.linalg.slogdet(design.T @ (weights[:, np.newaxis] * design))
    likelihood = -np.sum(np.logaddexp(0, np.where(y > 0, -linear, linear)))
    return float(likelihood + log_det / 2) if sign > 0 else -np.inf
