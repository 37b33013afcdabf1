"""Firth's logistic regression agrees with a closed form and a plain maximisation."""

import numpy as np
import pytest
from scipy.optimize import minimize

from evenkeel.factors.firth import fit, profile_intervals
from evenkeel.statistics.curves import Array
from evenkeel.statistics.intervals import TAIL


def two_by_two(a: int, b: int, c: int, d: int) -> tuple[Array, Array]:
    """Data in which a of a + b runs have the outcome without the covariate, and c of c + d with it."""
    y = np.repeat([1.0, 0.0, 1.0, 0.0], [a, b, c, d])
    x = np.repeat([0.0, 1.0], [a + b, c + d])
    return np.column_stack([np.ones(len(y)), x]), y


@pytest.mark.parametrize("table", [(3, 9, 7, 5), (0, 12, 5, 7), (0, 3, 3, 0), (1, 2, 1, 2)])
def test_one_covariate_is_the_log_odds_ratio_with_a_half_added_to_every_cell(table: tuple[int, int, int, int]) -> None:
    a, b, c, d = (count + 0.5 for count in table)
    beta, _ = fit(*two_by_two(*table))
    assert beta == pytest.approx([np.log(a / b), np.log(c / d) - np.log(a / b)], abs=1e-6)


def likelihood(design: Array, y: Array, beta: Array) -> float:
    chance = 1 / (1 + np.exp(-design @ beta))
    information = design.T @ np.diag(chance * (1 - chance)) @ design
    return float(np.sum(y * np.log(chance) + (1 - y) * np.log(1 - chance)) + np.log(np.linalg.det(information)) / 2)


def test_several_covariates_are_where_the_penalised_likelihood_is_highest() -> None:
    rng = np.random.default_rng(0)
    design = np.column_stack([np.ones(40), rng.integers(0, 2, (40, 3))]).astype(float)
    y = (rng.uniform(size=40) < 0.2 + 0.5 * design[:, 1]).astype(float)
    beta, best = fit(design, y)
    found = minimize(
        lambda b: -likelihood(design, y, b),
        np.zeros(4),
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-12, "maxiter": 5000},
    )
    assert beta == pytest.approx(found.x, abs=1e-4)
    assert best == pytest.approx(-found.fun, abs=1e-8)


def test_a_level_that_always_diverges_has_a_finite_estimate_and_an_interval() -> None:
    design, y = two_by_two(0, 6, 6, 0)
    beta, _ = fit(design, y)
    [(_, low, high)] = profile_intervals(design, y, [1], [TAIL])
    assert np.isfinite(beta).all()
    assert 0 < low < beta[1] < high


def test_the_interval_ends_where_the_likelihood_has_fallen_by_half_a_chi_square() -> None:
    design, y = two_by_two(3, 9, 7, 5)
    _, best = fit(design, y)
    [(_, *ends)] = profile_intervals(design, y, [1], [TAIL])
    for end in ends:
        assert 2 * (best - fit(design, y, {1: end})[1]) == pytest.approx(3.841459, abs=1e-4)


def test_turning_the_outcome_round_turns_the_signs() -> None:
    design, y = two_by_two(3, 9, 7, 5)
    assert fit(design, 1 - y)[0] == pytest.approx(-fit(design, y)[0], abs=1e-6)
