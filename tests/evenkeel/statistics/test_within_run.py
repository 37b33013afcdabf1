"""The roughness of a run agrees with a plain loop and with numbers computed by hand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import iqr

from evenkeel.statistics.curves import Array
from evenkeel.statistics.within_run import roughness

CURVE = arrays(np.float64, st.integers(3, 12), elements=st.integers(0, 20).map(lambda x: x / 20))


def of_one(curve: Array, losses: Array | None = None, higher_is_better: bool = True) -> dict[str, float]:
    found = roughness(curve[np.newaxis], (curve if losses is None else losses)[np.newaxis], higher_is_better)
    return {name: float(values[0]) for name, values in vars(found).items()}


@given(CURVE)
def test_each_number_is_what_a_plain_loop_finds(curve: Array) -> None:
    found, size = of_one(curve), np.ptp(curve)
    best, drop, drawdown = curve[0], 0.0, 0.0
    for before, value in pairwise(curve):
        best = max(best, value)
        drop, drawdown = max(drop, before - value), max(drawdown, best - value)
    assert found["worst_drop"] == pytest.approx(drop / size if size else 0)
    assert found["max_drawdown"] == pytest.approx(drawdown / size if size else 0)
    assert found["jitter"] == pytest.approx(iqr(np.diff(curve)) / size if size else 0, abs=1e-9)
    assert found["spikes"] == sum(b - a > 0.1 * size for a, b in pairwise(curve))


@given(CURVE, st.floats(0.1, 9), st.floats(-9, 9))
def test_units_do_not_matter(curve: Array, scale: float, shift: float) -> None:
    before, after = of_one(curve), of_one(curve * scale + shift)
    for name in ("jitter", "worst_drop", "max_drawdown"):
        assert after[name] == pytest.approx(before[name], abs=1e-6)


@given(CURVE)
def test_a_loss_is_as_rough_as_the_accuracy_that_mirrors_it(curve: Array) -> None:
    mirrored = of_one(-curve, curve, higher_is_better=False)
    assert mirrored == pytest.approx(of_one(curve), abs=1e-9)


def test_a_run_that_rises_steadily_is_smooth() -> None:
    smooth = of_one(np.linspace(0, 1, 6), np.linspace(2, 0, 6))
    assert smooth == pytest.approx({"jitter": 0, "worst_drop": 0, "max_drawdown": 0, "spikes": 0}, abs=1e-12)


def test_a_run_that_ended_early_is_judged_by_what_it_has() -> None:
    short = np.array([0.1, 0.5, 0.3, np.nan, np.nan])
    assert of_one(short) == pytest.approx(of_one(short[:3]))


@pytest.mark.parametrize("length", [0, 1])
def test_one_epoch_says_nothing(length: int) -> None:
    assert np.isnan(list(of_one(np.full(length, 0.5)).values())).all()


def test_a_flat_curve_is_smooth() -> None:
    assert of_one(np.full(4, 0.3)) == {"jitter": 0, "worst_drop": 0, "max_drawdown": 0, "spikes": 0}
