"""How many runs diverged or collapsed, and what is known of the rate while some still train."""

import numpy as np
import pytest
from scipy.stats import binomtest

from evenkeel.statistics.divergence import Divergence, count_bad

SEEDS = 10


def counted(bad: int, fine: int, training: int = 0, queued: int = 0) -> Divergence:
    """A cell in which `bad` runs diverged, `fine` ended well, and the others have not ended."""
    n = bad + fine + training
    diverged = np.array([[1.0] * bad + [np.nan] * (fine + training)])
    ended = np.array([[True] * (bad + fine) + [False] * training], np.bool_)
    [found] = count_bad(ended, np.zeros((1, n), np.bool_), diverged, np.array([queued]))
    return found


def test_three_that_diverged_before_the_others_ended_are_no_rate_of_three_in_three() -> None:
    found = counted(bad=3, fine=0, training=5, queued=2)
    assert (found.n, found.diverged, found.unfinished, found.rate) == (3, 3, 7, None)
    assert found.low == pytest.approx(binomtest(3, 10).proportion_ci().low)
    assert found.high == 1


def test_the_rate_is_there_once_every_seed_has_ended() -> None:
    found = counted(bad=3, fine=7)
    assert (found.rate, found.unfinished) == (0.3, 0)
    interval = binomtest(3, 10).proportion_ci()
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert counted(bad=0, fine=0).rate is None


@pytest.mark.parametrize("bad", range(4))
@pytest.mark.parametrize("unfinished", range(1, 5))
def test_the_bounds_hold_whatever_becomes_of_the_others(bad: int, unfinished: int) -> None:
    before = counted(bad, 2, unfinished)
    for more in range(unfinished + 1):
        after = counted(bad + more, 2 + unfinished - more)
        assert before.low <= after.low + 1e-12
        assert after.high <= before.high + 1e-12


@pytest.mark.parametrize("share_of_healthy_that_ended", [0.0, 0.3, 0.7])
def test_whenever_one_looks_the_bounds_hold_the_true_rate_as_often_as_they_say(
    share_of_healthy_that_ended: float,
) -> None:
    rng, rate, looks = np.random.default_rng(0), 0.3, 2000
    bad = rng.uniform(size=(looks, SEEDS)) < rate
    ended = bad | (rng.uniform(size=(looks, SEEDS)) < share_of_healthy_that_ended)
    found = count_bad(ended, np.zeros_like(bad), np.where(bad, 1.0, np.nan), np.zeros(looks, np.int64))
    held = np.mean([each.low <= rate <= each.high for each in found])
    assert held >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / looks)


@pytest.mark.parametrize(
    ("bad", "fine", "unstable"), [(0, 4, False), (1, 2, False), (2, 2, True), (3, 1, True), (0, 0, False)]
)
def test_a_cell_is_unstable_from_half_of_its_seeds_on(bad: int, fine: int, unstable: bool) -> None:
    assert counted(bad, fine).unstable is unstable


def test_while_seeds_train_a_cell_is_unstable_only_if_nothing_can_change_that() -> None:
    assert not counted(bad=3, fine=0, training=4).unstable
    assert counted(bad=3, fine=0, training=2, queued=1).unstable
