"""Intervals of several contrasts hold all at once."""

import numpy as np
import pytest
from scipy import stats

from evenkeel.factors.responses import final_response
from evenkeel.factors.simultaneous import tail_of_each
from evenkeel.factors.study import study_of


def test_a_single_contrast_keeps_its_interval() -> None:
    assert tail_of_each(np.array([[-1.0, 1.0]]), np.ones(2)) == pytest.approx(0.025)


def test_comparisons_with_one_level_are_dunnetts() -> None:
    tail = tail_of_each(np.column_stack([-np.ones(5), np.eye(5)]), np.ones(6))
    rng = np.random.default_rng(1)
    samples = [rng.normal(size=200) for _ in range(6)]
    dunnett = stats.dunnett(*samples[1:], control=samples[0], rng=rng).confidence_interval(0.95)
    pooled = np.mean([each.var(ddof=1) for each in samples]) ** 0.5
    half = (dunnett.high - dunnett.low)[0] / 2
    assert stats.norm.isf(tail) == pytest.approx(half / (pooled * (2 / 200) ** 0.5), rel=0.02)


def test_contrasts_that_always_agree_count_as_one() -> None:
    assert tail_of_each(np.array([[-1.0, 1.0], [-1.0, 1.0]]), np.ones(2)) == pytest.approx(0.025, abs=0.001)


@pytest.mark.slow
def test_the_largest_contrast_of_six_levels_is_covered() -> None:
    rng, levels, held = np.random.default_rng(2), [{"lr": lr} for lr in range(6)], 0
    cell_of = np.repeat(np.arange(6), 5)
    for _ in range(100):
        final = rng.normal(size=30)
        [term] = final_response(study_of(levels, cell_of, np.arange(30), 0, 1, 0.05), final).terms
        held += all(each.low <= 0 <= each.high for each in term.contrasts)
    # Each on its own, all of them hold in 83 %.
    assert held / 100 >= 0.95 - 3 * (0.95 * 0.05 / 100) ** 0.5
