"""The levels of looks add up to 0.05, and hold for tests that are made again after seeds were added."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from evenkeel.statistics.looks import level_at

LOOKS = (3, 5, 7, 10, 15, 20)


def test_the_levels_of_any_number_of_looks_add_up_to_at_most_5_percent() -> None:
    levels = [level_at(look) for look in range(1, 60)]
    assert levels[:4] == pytest.approx([0.04, 0.005, 0.0025, 0.00125])
    assert sum(levels) <= 0.05 + 1e-12
    assert sum(levels) == pytest.approx(0.05)


def test_looks_that_a_rule_plans_share_the_level_of_one() -> None:
    assert level_at(1, shares=10) * 10 == pytest.approx(level_at(1))
    assert level_at(3, shares=4) * 4 == pytest.approx(level_at(3))


def test_six_looks_at_two_responses_claim_a_difference_that_does_not_exist_in_at_most_5_percent() -> None:
    rng, studies = np.random.default_rng(0), 4000
    a, b = rng.normal(size=(2, studies, 2, LOOKS[-1]))
    # Two responses, so each p counts twice (Bonferroni).
    ps = np.array([2 * ttest_ind(a[..., :n], b[..., :n], axis=-1).pvalue.min(axis=1) for n in LOOKS])
    assert np.mean((ps <= 0.05).any(axis=0)) > 0.12
    levels = np.array([level_at(look) for look in range(1, len(LOOKS) + 1)])
    assert np.mean((ps <= levels[:, np.newaxis]).any(axis=0)) <= 0.05
