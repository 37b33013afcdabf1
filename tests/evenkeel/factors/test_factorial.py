"""The factorial model agrees with statsmodels."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from evenkeel.factors.factorial import Grid, coefficients_of_cells, f_test, sums_of_squares, widest_model
from evenkeel.statistics.curves import Array

SIZES = {"a": 2, "b": 3, "c": 2}
CELLS = np.array(list(product(*(range(size) for size in SIZES.values()))))
GRID = Grid(list(SIZES), list(SIZES.values()), CELLS)


def simulate(counts: Array, rng: np.random.Generator) -> tuple[Any, Array, Array]:
    """(cell of each run, values, cell means)."""
    cell_of = np.repeat(np.arange(len(CELLS)), counts)
    values = (
        CELLS[cell_of] @ [0.5, -0.3, 0.0] + 0.4 * CELLS[cell_of, 0] * CELLS[cell_of, 1] + rng.normal(size=len(cell_of))
    )
    return cell_of, values, np.bincount(cell_of, values) / counts


@pytest.mark.parametrize(
    "counts", [np.full(12, 3), np.array([2, 3, 5, 2, 4, 3, 2, 2, 6, 3, 2, 4])], ids=["balanced", "not"]
)
def test_every_term_is_statsmodels_type_three(counts: Array) -> None:
    cell_of, values, means = simulate(counts, np.random.default_rng(0))
    frame = pd.DataFrame(CELLS[cell_of], columns=list(SIZES)).assign(y=values)
    table = anova_lm(ols("y ~ C(a, Sum) * C(b, Sum) * C(c, Sum)", frame).fit(), typ=3)
    expected = {name.replace("C(", "").replace(", Sum)", ""): row for name, row in table.iterrows()}
    model = widest_model(GRID)
    assert model is not None
    within = np.sum((values - means[cell_of]) ** 2)
    error_df = len(values) - len(means)
    assert error_df == expected["Residual"]["df"]
    for term, square in sums_of_squares(model, means, counts.astype(float)).items():
        row = expected[GRID.label(term)]
        assert square == pytest.approx(row["sum_sq"])
        found = f_test(square, model.design[term].shape[1], within / error_df, error_df, len(values))
        assert (found.f, found.p) == pytest.approx((row["F"], row["PR(>F)"]))
        gain = max(0, row["df"] * (row["F"] - 1))
        assert found.partial_omega_squared == pytest.approx(gain / (gain + len(values)))


def test_contrasts_are_differences_of_marginal_means() -> None:
    counts = np.array([2, 3, 5, 2, 4, 3, 2, 2, 6, 3, 2, 4])
    _, _, means = simulate(counts, np.random.default_rng(1))
    model = widest_model(GRID)
    assert model is not None
    for factor, size in enumerate(SIZES.values()):
        marginal = [means[CELLS[:, factor] == level].mean() for level in range(size)]
        errors = [
            np.sqrt(np.sum(1 / counts[CELLS[:, factor] == level])) / np.sum(CELLS[:, factor] == level)
            for level in range(size)
        ]
        for level, way in enumerate(coefficients_of_cells(model, GRID, factor, counts.astype(float)), 1):
            assert way @ means == pytest.approx(marginal[level] - marginal[0])
            assert np.sqrt(way**2 @ (1 / counts)) == pytest.approx(np.hypot(errors[level], errors[0]))


def test_a_missing_cell_costs_the_interactions_that_need_it_and_no_factor() -> None:
    model = widest_model(GRID.rows(np.arange(1, 12)))
    assert model is not None
    assert max(len(term) for term in model.terms) == 2
    assert {(0,), (1,), (2,)} <= set(model.terms)


def test_factors_that_change_together_cannot_be_told_apart() -> None:
    assert widest_model(Grid(["a", "b"], [2, 2], np.array([[0, 0], [1, 1]]))) is None


def test_one_factor_has_a_model_of_its_own() -> None:
    model = widest_model(Grid(["a"], [3], np.array([[0], [1], [2]])))
    assert model is not None
    assert model.terms == [(0,)]
