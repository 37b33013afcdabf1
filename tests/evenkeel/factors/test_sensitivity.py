"""How sensitive the final value is to an ordered numeric factor."""

import numpy as np
import pytest
from scipy import stats

from evenkeel.factors.effects import Effects, effects
from evenkeel.factors.sensitivity import is_ordered, sensitivity_of

RATES = (0.001, 0.01, 0.1, 1.0)


def found(
    final: np.ndarray,
    norms: tuple[str, ...] = ("batch", "none"),
    higher: bool = False,
    start: float | None = None,
    bad: np.ndarray | None = None,
) -> Effects:
    """final: (num_norms, num_rates, num_seeds), NaN for a run without a final value."""
    cells = [{"norm": norm, "lr": rate, "arch": "yolo"} for norm in norms[: len(final)] for rate in RATES]
    seeds = np.tile(np.arange(final.shape[2]), len(cells))
    values, cell_of = final.reshape(-1), np.repeat(np.arange(len(cells)), final.shape[2])
    bad = np.isnan(values) | (values == 0) if bad is None else bad
    curves, options = values[:, np.newaxis], {"seeds": seeds, "higher_is_better": higher, "start": start}
    return effects(cells, cell_of, values, curves, bad, permutations=99, **options)


def noisy(means: list[float], seeds: int, std: float = 0.05, seed: int = 0) -> np.ndarray:
    return np.array(means)[:, np.newaxis] + np.random.default_rng(seed).normal(0, std, (len(means), seeds))


def test_it_is_the_mean_over_the_levels_minus_the_best_level() -> None:
    final = noisy([1.0, 0.5, 0.3, 0.8], 5)
    [one] = found(final[np.newaxis]).sensitivity
    means = final.mean(axis=1)
    assert one.sensitivity == pytest.approx(means.mean() - means.min())
    assert (one.factor, one.levels, one.best) == ("lr", {}, 0.1)
    assert [(at.level, at.n) for at in one.at] == [(rate, 5) for rate in RATES]
    assert [at.mean for at in one.at] == pytest.approx(means)


def test_where_higher_is_better_the_best_level_is_the_highest() -> None:
    final = noisy([0.2, 0.5, 0.9, 0.8], 5)
    [one] = found(final[np.newaxis], higher=True).sensitivity
    assert (one.best, one.sensitivity) == (0.1, pytest.approx(final.mean(axis=1).max() - final.mean()))


def test_every_combination_of_the_other_factors_has_its_own() -> None:
    final = np.array([noisy([1.0, 0.5, 0.3, 0.8], 4), noisy([0.4, 0.3, 0.3, 0.3], 4, seed=1)])
    steep, flat = found(final, ("batch", "none")).sensitivity
    assert (steep.levels, flat.levels) == ({"norm": "batch"}, {"norm": "none"})
    assert steep.low is not None
    assert steep.low > flat.sensitivity
    assert flat.low == 0


@pytest.mark.slow
def test_a_diverged_run_counts_with_the_worst_value_or_is_said_to_be_left_out() -> None:
    accuracy = noisy([0.8, 0.9, 0.9, 0.7], 4)
    accuracy[3, :2] = 0.0
    [one] = found(accuracy[np.newaxis], higher=True).sensitivity
    assert (one.at[3].bad, one.at[3].n, one.left_out) == (2, 4, 0)
    loss = noisy([0.8, 0.4, 0.4, 0.7], 4)
    loss[3, :2] = np.nan
    [one] = found(loss[np.newaxis]).sensitivity
    assert (one.at[3].bad, one.at[3].n, one.at[3].left_out, one.left_out) == (2, 2, 2, 2)


def test_with_the_value_before_training_no_run_counts_with_a_worse_one() -> None:
    loss = noisy([0.8, 0.4, 0.4, 9.0], 4)
    loss[3, :2] = np.nan
    [one] = found(loss[np.newaxis], start=2.3).sensitivity
    assert (one.at[3].mean, one.at[3].n, one.left_out) == (2.3, 4, 0)
    assert one.sensitivity == pytest.approx((loss[:3].mean(axis=1).sum() + 2.3) / 4 - loss[:3].mean(axis=1).min())


def test_a_run_of_which_nothing_was_measured_does_not_count_with_the_value_before_training() -> None:
    loss = noisy([0.8, 0.4, 0.4, 0.7], 4)
    loss[3, :2] = np.nan
    [one] = found(loss[np.newaxis], start=2.3, bad=np.zeros(16, bool)).sensitivity
    assert (one.at[3].n, one.left_out) == (2, 0)


def test_two_levels_and_words_have_no_sensitivity() -> None:
    loss = noisy([0.8, 0.4, 0.4, 0.7], 4)
    loss[2:] = np.nan
    assert found(loss[np.newaxis]).sensitivity == []
    assert is_ordered([1, 2.5, 3])
    assert not is_ordered([1, 2])
    assert not is_ordered(["a", "b", "c"])
    assert not is_ordered([True, False, 2])


def test_one_run_at_each_level_has_a_size_and_no_interval() -> None:
    [one] = found(noisy([1.0, 0.5, 0.3, 0.8], 1)[np.newaxis]).sensitivity
    assert one.sensitivity > 0
    assert (one.low, one.high) == (None, None)


def test_of_two_levels_apart_from_all_noise_the_interval_is_that_of_a_contrast() -> None:
    rng = np.random.default_rng(0)
    losses = np.concatenate([rng.normal(5, 0.1, 6), rng.normal(1, 0.1, 6)])
    value, _, high = sensitivity_of(losses, np.repeat([0, 1], 6), np.arange(12))
    welch = stats.ttest_ind(losses[:6], losses[6:], equal_var=False).confidence_interval()
    assert value == pytest.approx((losses[:6].mean() - losses[6:].mean()) / 2)
    assert high == pytest.approx(welch.high / 2)


@pytest.mark.parametrize("means", [[1.0, 0.5, 0.3, 0.8], [0.3, 0.3, 0.3, 0.3], [1.0, 0.3, 0.3, 0.8]])
@pytest.mark.parametrize("n", [3, 10])
def test_the_interval_holds_also_where_two_levels_are_equally_good(means: list[float], n: int) -> None:
    rng, truth, held = np.random.default_rng(n), np.mean(means) - min(means), []
    for _ in range(200):
        losses = (np.array(means)[:, np.newaxis] + rng.normal(0, 0.05, (4, n))).reshape(-1)
        _, low, high = sensitivity_of(losses, np.repeat(np.arange(4), n), np.arange(4 * n))
        held.append(low <= truth <= high)
    assert np.mean(held) >= 0.95 - 2 * (0.05 * 0.95 / 200) ** 0.5
