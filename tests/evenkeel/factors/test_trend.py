"""Each level of an ordered factor against the one before it."""

import numpy as np
import pytest
from scipy import stats

from evenkeel.factors.effects import effects
from evenkeel.factors.trend import Trend

RATES = (1.0, 0.001, 0.1, 0.01)  # not in the order of the numbers


def trend(means: dict[float, float], n: int = 6, seed: int = 0, norms: tuple[str, ...] = ("batch", "none")) -> Trend:
    cells = [{"norm": norm, "lr": rate} for norm in norms for rate in RATES]
    cell_of = np.repeat(np.arange(len(cells)), n)
    centre = np.array([means[cell["lr"]] for cell in cells])[cell_of]
    final = centre + np.random.default_rng(seed).normal(0, 0.05, len(cell_of))
    bad = np.zeros(len(final), bool)
    found = effects(
        cells, cell_of, final, final[:, np.newaxis], bad, permutations=999, order={"norm": norms, "lr": RATES}
    )
    [one] = found.trends
    return one


def test_each_level_is_compared_with_the_one_before_it_in_the_order_of_the_numbers() -> None:
    steps = trend({0.001: 0.5, 0.01: 0.9, 0.1: 0.9, 1.0: 0.2}, seed=1).steps
    assert [(step.after, step.level) for step in steps] == [(0.001, 0.01), (0.01, 0.1), (0.1, 1.0)]
    assert [step.estimate for step in steps] == pytest.approx([0.4, 0.0, -0.7], abs=0.05)
    shown = [step.p_adjusted is not None and step.p_adjusted <= 0.05 for step in steps]
    assert shown == [True, False, True]


def test_a_step_between_two_cells_is_welchs_comparison() -> None:
    means = {0.001: 0.5, 0.01: 0.6, 0.1: 0.9, 1.0: 0.2}
    first = trend(means, norms=("batch",)).steps[0]
    final = np.array([means[rate] for rate in RATES])[np.repeat(np.arange(4), 6)]
    final = final + np.random.default_rng(0).normal(0, 0.05, 24)
    expected = stats.ttest_ind(final[18:24], final[6:12], equal_var=False).confidence_interval()
    assert (first.low, first.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.slow
def test_where_nothing_changes_a_step_is_shown_in_five_percent_of_the_studies() -> None:
    flat = dict.fromkeys(RATES, 0.5)
    shown = [
        any(step.p_adjusted is not None and step.p_adjusted <= 0.05 for step in trend(flat, 4, seed).steps)
        for seed in range(40)
    ]
    assert np.mean(shown) <= 0.05 + 2 * (0.05 * 0.95 / 40) ** 0.5


def test_a_grid_without_a_finished_run_has_no_steps() -> None:
    nothing = np.array([])
    cells = [{"lr": rate} for rate in RATES]
    found = effects(cells, np.array([], np.int64), nothing, nothing.reshape(0, 1), np.array([], bool))
    assert [each.steps for each in found.trends] == [[]]
    assert found.sensitivity == []
