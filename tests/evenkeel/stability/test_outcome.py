"""The outcome of a training, and the epoch in which a diverged run left the others."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import binom

from evenkeel.plugins import Outcome
from evenkeel.stability.outcome import DIVERGED_TIMES_START, epoch_of_leaving, outcome_of

FINE = np.array([2.0, 1.0, 0.5])


@pytest.mark.parametrize(
    ("accuracy", "outcome"), [(0.1, Outcome.COLLAPSED), (0.05, Outcome.COLLAPSED), (0.15, Outcome.CONVERGED)]
)
def test_a_run_that_ends_at_chance_has_collapsed(accuracy: float, outcome: Outcome) -> None:
    assert outcome_of(accuracy, 1437, 10, FINE, 2.3) == (outcome, None)


def test_chance_covers_99_percent_of_guessers() -> None:
    rng = np.random.default_rng(0)
    guesses = rng.binomial(500, 0.1, 4000) / 500
    collapsed = [outcome_of(guess, 500, 10, FINE, 2.3)[0] is Outcome.COLLAPSED for guess in guesses]
    assert np.mean(collapsed) == pytest.approx(binom.cdf(binom.ppf(0.995, 500, 0.1), 500, 0.1), abs=0.005)


def test_a_loss_that_ends_far_above_its_start_has_diverged_in_the_first_epoch_from_which_it_stays_there() -> None:
    far = DIVERGED_TIMES_START * 2.3 + 1
    losses = np.array([far, 1.0, far, far, far])
    assert outcome_of(0.9, 1000, 10, losses, 2.3) == (Outcome.DIVERGED, 3)


def test_a_loss_that_comes_back_has_not_diverged() -> None:
    assert outcome_of(0.9, 1000, 10, np.array([1e6, 1e6, 0.5]), 2.3) == (Outcome.CONVERGED, None)


def test_a_run_leaves_the_others_where_it_stays_outside_and_not_where_it_strays_for_an_epoch() -> None:
    low, high = np.full(6, 0.4), np.full(6, 0.6)
    strays = np.array([0.5, 0.9, 0.5, 0.1, 0.1, np.nan])
    assert epoch_of_leaving(strays, low, high, diverged_epoch=6) == 4


def test_a_run_that_stays_with_the_others_leaves_when_it_diverges() -> None:
    low, high = np.full(3, 0.4), np.full(3, 0.6)
    assert epoch_of_leaving(np.array([0.5, 0.5, np.nan]), low, high, diverged_epoch=3) == 3
    assert epoch_of_leaving(np.array([np.nan]), low[:1], high[:1], diverged_epoch=1) == 1


def test_a_process_that_trains_loads_it_with_numpy_alone() -> None:
    code = (
        "import sys; import evenkeel.stability.outcome, evenkeel.stability.noise; "
        "print([name for name in ('scipy', 'pydantic', 'sqlalchemy') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
