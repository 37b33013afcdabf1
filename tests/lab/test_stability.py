"""The spread of seeds, against numbers worked out elsewhere."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lab.stability import band_width, describe, outcome_of, stack_curves, summarise
from lab.status import Outcome

CURVES = arrays(np.float64, st.tuples(st.integers(2, 6), st.integers(1, 8)), elements=st.floats(0, 1))
EMPTY = np.array([])


def test_a_summary_is_what_one_works_out_by_hand() -> None:
    summary = summarise(stack_curves([[0.1, 0.5], [0.3, 0.9]]), np.array([0.5, 0.9]))
    assert summary["epochs"][0] == pytest.approx(
        {"epoch": 1, "n": 2, "mean": 0.2, "min": 0.1, "max": 0.3, "std": 0.02**0.5, "median": 0.2}
    )
    assert summary["final"] == pytest.approx({"n": 2, "mean": 0.7, "min": 0.5, "max": 0.9, "std": 0.08**0.5})
    assert summary["band_width"] == pytest.approx((0.2 + 0.4) / 2)


def test_a_run_that_is_ahead_is_counted_and_n_says_so() -> None:
    curves = stack_curves([[0.1, 0.2, 0.9], [0.3], [0.5, 0.4]])
    assert [row["n"] for row in summarise(curves, EMPTY)["epochs"]] == [3, 2, 1]
    assert band_width(curves) == pytest.approx((0.4 + 0.2) / 2)


@pytest.mark.parametrize("values", [[], [[]], [[0.4]], [[0.4], []], [[0.5, 0.5], [0.5, 0.5]]])
def test_few_runs_give_null_and_never_nan(values: list[list[float]]) -> None:
    text = json.dumps(summarise(stack_curves(values), EMPTY), allow_nan=False)
    assert json.loads(text)["final"] == {"n": 0, "mean": None, "min": None, "max": None, "std": None}


def test_duplicated_values_each_count() -> None:
    curves = stack_curves([[0.1], [0.1], [0.1], [0.92], [0.93]])
    assert summarise(curves, EMPTY)["epochs"][0]["mean"] == pytest.approx(0.43)


@given(CURVES, st.randoms())
def test_the_order_of_seeds_does_not_matter(curves: np.ndarray, random: object) -> None:
    order = list(range(len(curves)))
    random.shuffle(order)  # type: ignore[attr-defined]
    for one, other in zip(describe(curves).values(), describe(curves[order]).values(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


@given(CURVES, st.floats(-5, 5))
def test_adding_a_constant_moves_the_middle_and_leaves_the_spread(curves: np.ndarray, constant: float) -> None:
    before, after = describe(curves), describe(curves + constant)
    for name in ("mean", "median", "min", "max"):
        np.testing.assert_allclose(after[name], before[name] + constant, atol=1e-9)
    np.testing.assert_allclose(after["std"], before["std"], atol=1e-7)
    assert band_width(curves + constant) == pytest.approx(band_width(curves), abs=1e-9)


@pytest.mark.parametrize(
    ("accuracy", "outcome"), [(0.1, Outcome.COLLAPSED), (0.05, Outcome.COLLAPSED), (0.15, Outcome.CONVERGED)]
)
def test_a_run_that_ends_at_chance_has_collapsed(accuracy: float, outcome: Outcome) -> None:
    assert outcome_of(accuracy, num_examples=1437, num_classes=10) is outcome
