"""Statistics over the seeds agree with SciPy, NumPy and numbers computed by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import trim_mean

from evenkeel.statistics.curves import (
    Array,
    band_width,
    describe,
    quantile,
    stack_curves,
    until_divergence,
    with_worst,
)

CURVES = arrays(np.float64, st.tuples(st.integers(1, 9), st.integers(1, 5)), elements=st.floats(0, 1))
GAPPY = arrays(
    np.float64, st.tuples(st.integers(1, 9), st.integers(1, 5)), elements=st.one_of(st.floats(0, 1), st.just(np.nan))
)
NAN = np.nan


@pytest.mark.slow
@given(GAPPY)
def test_every_epoch_is_what_numpy_and_scipy_say_of_the_runs_that_reached_it(curves: Array) -> None:
    found = describe(curves)
    for epoch, column in enumerate(curves.T):
        there = column[~np.isnan(column)]
        assert found.n[epoch] == len(there)
        expected = {
            "mean": np.mean(there) if len(there) else NAN,
            "median": np.median(there) if len(there) else NAN,
            "min": min(there, default=NAN),
            "max": max(there, default=NAN),
            "std": np.std(there, ddof=1) if len(there) > 1 else NAN,
            "iqm": trim_mean(there, 0.25) if len(there) >= 4 else NAN,
        }
        for name, value in expected.items():
            np.testing.assert_allclose(getattr(found, name)[epoch], value, atol=1e-9, err_msg=name)


def test_duplicated_values_each_count() -> None:
    assert describe(np.array([[0.1], [0.1], [0.1], [0.92], [0.93]])).mean[0] == pytest.approx(0.43)


def test_many_cells_at_once_are_what_each_is_alone() -> None:
    cells = np.random.default_rng(0).uniform(size=(7, 5, 4))
    cells[2, 3:, 2:] = NAN
    together = describe(cells)
    for index, cell in enumerate(cells):
        for name, alone in vars(describe(cell)).items():
            np.testing.assert_array_equal(getattr(together, name)[index], alone)
        assert band_width(together)[index] == pytest.approx(float(band_width(describe(cell))))


@given(CURVES, st.randoms())
def test_the_order_of_seeds_does_not_matter(curves: Array, random: object) -> None:
    order = list(range(len(curves)))
    random.shuffle(order)  # type: ignore[attr-defined]
    for one, other in zip(vars(describe(curves)).values(), vars(describe(curves[order])).values(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


@given(CURVES, st.floats(-5, 5))
def test_adding_a_constant_moves_the_middle_and_leaves_the_spread(curves: Array, constant: float) -> None:
    before, after = describe(curves), describe(curves + constant)
    for name in ("mean", "median", "min", "max", "iqm"):
        np.testing.assert_allclose(getattr(after, name), getattr(before, name) + constant, atol=1e-9)
    np.testing.assert_allclose(after.std, before.std, atol=1e-7)
    np.testing.assert_allclose(band_width(after), band_width(before), atol=1e-9)


def test_a_run_that_is_ahead_is_counted_and_n_says_so() -> None:
    stats = describe(stack_curves([[0.1, 0.2, 0.9], [0.3], [0.5, 0.4]]))
    assert stats.n.tolist() == [3, 2, 1]
    assert band_width(stats) == pytest.approx((0.4 + 0.2) / 2)


@pytest.mark.parametrize("shape", [(0, 0), (0, 4), (1, 0), (1, 1)])
def test_too_few_runs_for_a_band_have_none(shape: tuple[int, int]) -> None:
    stats = describe(np.full(shape, 0.5))
    assert np.isnan(band_width(stats))
    assert np.isnan(stats.std).all()


def test_an_infinite_value_leaves_the_order_statistics() -> None:
    stats = describe(np.array([[1.0], [2.0], [3.0], [np.inf]]))
    assert [getattr(stats, name)[0] for name in ("n", "median", "min", "max", "mean", "iqm")] == [
        4,
        2.5,
        1,
        np.inf,
        np.inf,
        2.5,
    ]


def test_survivors_lose_a_diverged_run_from_its_epoch_on_and_all_give_it_the_worst() -> None:
    curves, diverged = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]), np.array([NAN, 2.0])
    np.testing.assert_array_equal(until_divergence(curves, diverged), [[0.1, 0.2, 0.3], [0.4, NAN, NAN]])
    np.testing.assert_array_equal(with_worst(curves, diverged, 0.0), [[0.1, 0.2, 0.3], [0.4, 0.0, 0.0]])


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 8)), elements=st.floats(-9, 9)), st.floats(0, 1))
def test_a_quantile_is_numpys(values: Array, q: float) -> None:
    padded = np.pad(np.sort(values, axis=1), ((0, 0), (0, 2)), constant_values=NAN)
    counts = np.full(len(values), values.shape[1])
    np.testing.assert_allclose(quantile(padded, counts, q), np.quantile(values, q, axis=1), atol=1e-9)
