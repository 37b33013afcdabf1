"""The outcome of a training, and the epoch in which a diverged run left the others."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from evenkeel.plugins import Outcome
from evenkeel.statistics.outcome import (
    DIVERGED_TIMES_START,
    LOST_AFTER_EPOCHS_AT_CHANCE,
    chance_accuracy,
    constant_loss,
    epoch_of_leaving,
    is_lost,
    outcome_of,
)

FINE = np.array([2.0, 1.0, 0.5])
# The training labels of SVHN (Netzer et al. 2011): 19 % of the digits are a one.
SVHN = np.array([4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659])


def even(num_examples: int, num_classes: int = 10) -> NDArray[np.int64]:
    """Labels of which there are equally many in each class."""
    return np.full(num_classes, num_examples // num_classes)


@pytest.mark.parametrize(
    ("accuracy", "outcome"), [(0.1, Outcome.COLLAPSED), (0.05, Outcome.COLLAPSED), (0.15, Outcome.CONVERGED)]
)
def test_a_run_that_ends_at_chance_has_collapsed(accuracy: float, outcome: Outcome) -> None:
    assert outcome_of(accuracy, even(1440), FINE, 2.3) == (outcome, None)


@pytest.mark.slow
def test_chance_covers_99_percent_of_guessers() -> None:
    rng = np.random.default_rng(0)
    guesses = rng.binomial(500, 0.1, 4000) / 500
    collapsed = [outcome_of(guess, even(500), FINE, 2.3)[0] is Outcome.COLLAPSED for guess in guesses]
    assert np.mean(collapsed) == pytest.approx(binom.cdf(binom.ppf(0.995, 500, 0.1), 500, 0.1), abs=0.005)


@pytest.mark.parametrize(
    "counts", [SVHN, np.array([900, 100]), np.array([3, 9, 1, 2, 3, 2, 2, 3, 3, 1])], ids=["svhn", "90/10", "few"]
)
def test_a_run_that_always_names_the_largest_class_has_collapsed(counts: NDArray[np.int64]) -> None:
    share = counts.max() / counts.sum()
    assert share > binom.ppf(0.995, counts.sum(), 1 / len(counts)) / counts.sum()  # beyond a guesser's range
    low = np.array([0.9 * constant_loss(counts)])
    assert outcome_of(share, counts, low, 2.3) == (Outcome.COLLAPSED, None)
    assert outcome_of(1.0, counts, low, 2.3) == (Outcome.CONVERGED, None)


def test_chance_covers_99_percent_of_runs_that_draw_their_guess_from_the_labels_shares() -> None:
    shares = SVHN / SVHN.sum()
    counts = np.round(1000 * shares).astype(np.int64)
    labels = np.repeat(np.arange(10), counts)
    rng = np.random.default_rng(0)
    hits = np.array([np.mean(rng.choice(10, len(labels), p=shares) == labels) for _ in range(2000)])
    assert np.mean(hits <= chance_accuracy(counts)) > 0.99


def test_a_run_that_ends_with_a_loss_above_that_of_a_constant_predictor_has_collapsed() -> None:
    assert outcome_of(0.4, even(1440), np.array([5.0, np.log(10) + 0.01]), 2.3) == (Outcome.COLLAPSED, None)
    assert outcome_of(0.4, even(1440), np.array([5.0, np.log(10) - 0.01]), 2.3) == (Outcome.CONVERGED, None)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("counts", [SVHN, np.array([900, 100]), np.array([7, 0, 0])], ids=["svhn", "90/10", "one"])
def test_no_constant_predictor_has_a_lower_loss(counts: NDArray[np.int64], label_smoothing: float) -> None:
    shares, rng = counts / counts.sum(), np.random.default_rng(0)
    targets = (1 - label_smoothing) * shares + label_smoothing / len(shares)

    def loss(predicted: NDArray[np.float64]) -> float:
        return -float(np.sum(targets * np.log(predicted)))

    least = constant_loss(counts, label_smoothing)
    assert min(loss(rng.dirichlet(np.ones(len(counts)))) for _ in range(1000)) >= least
    assert loss(np.maximum(targets, 1e-300)) == pytest.approx(least)


def test_a_run_that_knows_every_label_has_converged_however_much_its_labels_are_smoothed() -> None:
    for smoothing in (0.1, 0.5, 0.99):
        target = np.full(10, smoothing / 10)
        target[0] += 1 - smoothing
        floor = -float(np.sum(target * np.log(target)))
        assert outcome_of(1.0, even(1440), np.array([floor]), 2.3, smoothing) == (Outcome.CONVERGED, None)
        assert outcome_of(1.0, even(1440), np.array([np.log(10) + 1e-6]), 2.3, smoothing)[0] is Outcome.COLLAPSED


def test_with_so_few_examples_that_a_guesser_may_be_right_every_time_the_loss_alone_decides() -> None:
    counts = np.array([4, 3])
    assert chance_accuracy(counts) == 1.0
    assert outcome_of(1.0, counts, np.array([0.9, 0.1]), 0.9) == (Outcome.CONVERGED, None)
    assert outcome_of(4 / 7, counts, np.array([0.9, 0.68]), 0.9) == (Outcome.CONVERGED, None)
    assert outcome_of(1.0, counts, np.array([0.9]), 0.9) == (Outcome.COLLAPSED, None)


def test_a_loss_that_ends_far_above_its_start_has_diverged_in_the_first_epoch_from_which_it_stays_there() -> None:
    far = DIVERGED_TIMES_START * 2.5 + 1
    losses = np.array([far, 1.0, far, far, far])
    assert outcome_of(0.9, even(1000), losses, 2.5) == (Outcome.DIVERGED, 3)


def test_a_loss_that_comes_back_has_not_diverged() -> None:
    assert outcome_of(0.9, even(1000), np.array([1e6, 1e6, 0.5]), 2.3) == (Outcome.CONVERGED, None)


def test_a_run_whose_first_batch_was_right_by_chance_has_not_diverged_while_its_losses_fall() -> None:
    losses = np.array([1.9, 1.2, 0.8])
    assert outcome_of(0.7, even(1000), losses, start_loss=0.04) == (Outcome.CONVERGED, None)
    assert outcome_of(0.7, even(1000), losses + 10 * np.log(10), start_loss=0.04) == (Outcome.DIVERGED, 1)


def test_a_run_is_lost_after_so_many_epochs_in_a_row_at_chance_and_then_has_collapsed() -> None:
    counts, losses = even(1000), np.full(5, 2.2)
    accuracies = np.array([0.1, 0.5, 0.1, 0.1, 0.1])
    lost = [is_lost(accuracies[:epoch], counts, losses[:epoch], 2.3) for epoch in range(1, 6)]
    assert lost == [False] * 4 + [True]
    assert LOST_AFTER_EPOCHS_AT_CHANCE == 3
    assert outcome_of(accuracies[-1], counts, losses, 2.3) == (Outcome.COLLAPSED, None)


def test_epochs_of_warmup_are_not_counted_among_those_at_chance() -> None:
    counts, losses, accuracies = even(1000), np.full(6, 2.2), np.full(6, 0.1)
    lost = [is_lost(accuracies[:e], counts, losses[:e], 2.3, warmup_epochs=2) for e in range(1, 7)]
    assert lost == [False] * 4 + [True] * 2


def test_a_run_is_lost_after_one_epoch_far_above_its_start_and_then_has_diverged() -> None:
    counts, losses = even(1000), np.array([2.0, 24.0])
    accuracies = np.array([0.3, 0.3])
    assert [is_lost(accuracies[:epoch], counts, losses[:epoch], 2.3) for epoch in (1, 2)] == [False, True]
    assert outcome_of(0.3, counts, losses, 2.3) == (Outcome.DIVERGED, 2)


def test_a_run_whose_loss_comes_down_from_a_high_start_is_not_lost() -> None:
    losses, accuracies = np.array([15.0, 9.0, 5.0, 3.0]), np.array([0.3, 0.4, 0.5, 0.6])
    assert not is_lost(accuracies, even(1000), losses, 20.0)


def test_where_no_accuracy_can_tell_the_loss_decides_whether_a_run_is_lost() -> None:
    counts, accuracies = np.array([4, 3]), np.ones(3)
    assert not is_lost(accuracies, counts, np.array([0.6, 0.4, 0.2]), 0.7)
    assert is_lost(accuracies, counts, np.array([0.8, 0.8, 0.8]), 0.7)


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
        "import sys; import evenkeel.statistics.outcome, evenkeel.statistics.noise; "
        "print([name for name in ('scipy', 'pydantic', 'sqlalchemy') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
