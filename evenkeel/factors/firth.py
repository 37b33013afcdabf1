"""Logistic regression whose estimates stay finite, even if a level always or never diverges."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.special import expit

from evenkeel.statistics.curves import Array

STEPS = 200
LARGEST_STEP = 2.0
TOLERANCE = 1e-9
FARTHEST = 16.0  # log odds

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Runs with the same covariates, counted together: many runs have few different rows.

    Attributes:
        design: (num_rows, p).
        products: (num_rows, p^2), the product of each pair of columns.
        bad: (num_rows,), how many runs of the row have y = 1.
        trials: (num_rows,), how many runs the row has.
    """

    design: Array
    products: Array
    bad: Array
    trials: Array

    @classmethod
    def of(cls, design: Array, y: Array) -> "Rows":
        rows, where = np.unique(design, axis=0, return_inverse=True)
        where = where.reshape(-1)
        products = (rows[:, :, np.newaxis] * rows[:, np.newaxis, :]).reshape(len(rows), -1)
        bad, trials = np.bincount(where, y), np.bincount(where)
        return cls(rows, products, np.asarray(bad, np.float64), np.asarray(trials, np.float64))


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
    beta, free = np.zeros((1, design.shape[1])), np.ones((1, design.shape[1]), np.bool_)
    for column, value in (fixed or {}).items():
        beta[0, column], free[0, column] = value, False
    betas, best = _maximise(Rows.of(design, y), beta, free)
    return betas[0], float(best[0])


def profile_intervals(
    design: Array, y: Array, columns: Sequence[int], tails: Sequence[float]
) -> list[tuple[float, float, float]]:
    """Coefficients with intervals from the profile penalised likelihood (Heinze and Schemper 2002).

    At each end, twice the fall of the log likelihood is the 1 - 2 tail quantile of chi2(1). An end is infinite if it is
    farther than `FARTHEST` from the estimate. Both ends of all columns are searched at the same time, by Newton's
    method: the slope of the profile is the score of the column that is held.

    Returns:
        (estimate, low, high) of each column.
    """
    rows, size = Rows.of(design, y), design.shape[1]
    every = np.ones((1, size), np.bool_)
    betas, best = _maximise(rows, np.zeros((1, size)), every)
    held = np.repeat(np.asarray(columns, np.int64), 2)
    way = np.tile([-1.0, 1.0], len(columns))
    limit = np.repeat(scipy.stats.chi2.isf(2 * np.asarray(tails), 1) / 2, 2)
    distance = _distances(rows, betas[0], float(best[0]), held, way, limit)
    ends = (betas[0][held] + way * distance).reshape(-1, 2)
    return [
        (float(betas[0][column]), float(low), float(high)) for column, (low, high) in zip(columns, ends, strict=True)
    ]


def _distances(rows: Rows, estimate: Array, best: float, held: NDArray[np.int64], way: Array, limit: Array) -> Array:
    """(num_ends,), how far each end is from the estimate.

    Args:
        held: (num_ends,), the column that is held.
        way: (num_ends,), 1 for an upper end and -1 for a lower one.
        limit: (num_ends,), how far the log likelihood falls to the end.
    """
    ends = np.arange(len(held))
    information = _information(rows, estimate[np.newaxis])[0]
    wald = np.sqrt(2 * limit * np.maximum(np.diag(np.linalg.pinv(information))[held], 1e-12))
    at, near, far = np.minimum(wald, FARTHEST), np.zeros(len(held)), np.full(len(held), FARTHEST)
    betas, free = np.tile(estimate, (len(held), 1)), np.ones((len(held), len(estimate)), np.bool_)
    free[ends, held] = False
    for _ in range(STEPS):
        betas[ends, held] = estimate[held] + way * at
        # The likelihood is flat at its top: this far from there it is exact to ten digits.
        betas, found = _maximise(rows, betas, free, 1e-5)
        excess = best - found - limit
        slope = -way * _score(rows, betas)[0][ends, held]
        near, far = np.where(excess < 0, at, near), np.where(excess < 0, far, at)
        step = at - excess / np.where(slope > 0, slope, np.nan)
        inside = (step > near) & (step < far)
        # Without a step that stays between the ends of the search: halve it, or look at its far end.
        other = np.where(step >= far, far, (near + far) / 2)
        following = np.where(inside, step, other)
        moved = np.abs(following - at)
        at = following
        if np.all((moved < 1e-7) | (near >= FARTHEST)):
            break
    return np.where(near >= FARTHEST, np.inf, at)


def _maximise(rows: Rows, betas: Array, free: Mask, tolerance: float = TOLERANCE) -> tuple[Array, Array]:
    """Maximise the penalised likelihood of several models at once.

    Args:
        betas: (num_models, p), where to start.
        free: (num_models, p), which coefficients are not held.
        tolerance: The search ends with a step smaller than this.

    Returns:
        (the coefficients (num_models, p), the penalised log likelihoods (num_models,)).
    """
    best = _penalised(rows, betas)
    for _ in range(STEPS if free.any() else 0):
        step = _newton(rows, betas, free)
        found = _penalised(rows, betas + step)
        rounding = 1e-12 * np.maximum(1.0, np.abs(best))
        while (worse := (found < best - rounding) & (np.abs(step).max(axis=1) > tolerance)).any():
            step = np.where(worse[:, np.newaxis], step / 2, step)
            found = _penalised(rows, betas + step)
        betas, best = betas + step, np.maximum(best, found)
        if np.abs(step).max() < tolerance:
            break
    return betas, best


def _newton(rows: Rows, betas: Array, free: Mask) -> Array:
    score, information = _score(rows, betas)
    both = free[:, :, np.newaxis] & free[:, np.newaxis, :]
    information = np.where(both, information, 0.0) + np.eye(betas.shape[1]) * ~free[:, :, np.newaxis]
    step = (np.linalg.pinv(information) @ np.where(free, score, 0.0)[..., np.newaxis])[..., 0]
    size = np.abs(step).max(axis=1, keepdims=True)
    return np.asarray(np.where(size <= LARGEST_STEP, step, step * (LARGEST_STEP / np.maximum(size, LARGEST_STEP))))


def _score(rows: Rows, betas: Array) -> tuple[Array, Array]:
    """(the scores (num_models, p), the information (num_models, p, p))."""
    chance = expit(betas @ rows.design.T)
    information = _information(rows, betas)
    inverse = np.linalg.pinv(information).reshape(len(betas), -1)
    leverage = chance * (1 - chance) * (inverse @ rows.products.T)
    return (rows.bad + rows.trials * (leverage * (0.5 - chance) - chance)) @ rows.design, information


def _information(rows: Rows, betas: Array) -> Array:
    linear = betas @ rows.design.T
    size = betas.shape[1]
    return np.asarray(((rows.trials * expit(linear) * expit(-linear)) @ rows.products).reshape(-1, size, size))


def _penalised(rows: Rows, betas: Array) -> Array:
    linear = betas @ rows.design.T
    sign, log_det = np.linalg.slogdet(_information(rows, betas))
    likelihood = linear @ rows.bad - np.logaddexp(0, linear) @ rows.trials
    return np.where(sign > 0, likelihood + log_det / 2, -np.inf)
