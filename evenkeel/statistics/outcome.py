"""The outcome of a run, whether a run is lost, and the epoch in which a diverged run left the range of the others.

The training process imports this file. SciPy takes long to load, so it is imported only when an outcome is decided.
"""

import numpy as np
from numpy.typing import NDArray

from evenkeel.plugins import Outcome
from evenkeel.statistics.curves import Array

# A run whose training loss ends at more than this many times its reference has diverged. The reference is the loss
# before the first step, or the loss of the best constant predictor if that is larger.
DIVERGED_TIMES_START = 10.0

# A run that was at chance in this many epochs in a row is lost.
LOST_AFTER_EPOCHS_AT_CHANCE = 3


def outcome_of(
    accuracy: float, class_counts: NDArray[np.int64], losses: Array, start_loss: float, label_smoothing: float = 0.0
) -> tuple[Outcome, int | None]:
    """The outcome of a run that trained to its last epoch, or until it was lost.

    The run diverged if its loss ends above `diverged_above`. It diverged in the first epoch from which all losses stay
    above that limit. A run that did not diverge converged if its last epoch is better than chance in two ways:

    - Its loss is below that of the best constant predictor (`constant_loss`).
    - Its accuracy is above `chance_accuracy`. If that is 1, no accuracy can show anything, and the loss alone decides.

    Otherwise the run collapsed.

    Args:
        accuracy: The training accuracy in the last epoch, in [0, 1].
        class_counts: (num_classes,), how many labels of each class the run was trained on.
        losses: (num_epochs,), the training loss in nats, with label smoothing if that is on. All values are finite.
        start_loss: The training loss before the first step.
        label_smoothing: The weight of the uniform distribution in the target, in [0, 1).

    Returns:
        (outcome, epoch in which the run diverged, from 1). The epoch is None if the run did not diverge.
    """
    constant = constant_loss(class_counts, label_smoothing)
    below = np.flatnonzero(losses <= diverged_above(start_loss, constant))
    last_below = int(below[-1]) + 1 if below.size else 0
    if last_below < len(losses):
        return Outcome.DIVERGED, last_below + 1
    worse_than_constant = losses[-1] >= constant
    at_chance = _at_chance(np.array([accuracy]), losses[-1:], class_counts, constant)[0]
    return (Outcome.COLLAPSED if worse_than_constant or at_chance else Outcome.CONVERGED), None


def is_lost(
    accuracies: Array,
    class_counts: NDArray[np.int64],
    losses: Array,
    start_loss: float,
    label_smoothing: float = 0.0,
    warmup_epochs: int = 0,
) -> bool:
    """Whether a run need not train on. It is lost after an epoch whose loss is above `diverged_above`, and after
    `LOST_AFTER_EPOCHS_AT_CHANCE` epochs in a row at chance. By `outcome_of` it then has diverged or collapsed.

    A loss above that of the best constant predictor is not enough while the accuracy is above chance. A run that starts
    at a high loss may still be on its way down.

    Args:
        accuracies: (num_epochs,), the training accuracy in each epoch so far.
        losses: (num_epochs,), the training loss in each epoch so far.
        class_counts, start_loss, label_smoothing: See `outcome_of`.
        warmup_epochs: So many epochs at the start are not counted. Their learning rate may be too low to learn.
    """
    constant = constant_loss(class_counts, label_smoothing)
    if losses[-1] > diverged_above(start_loss, constant):
        return True
    last = slice(max(warmup_epochs, len(losses) - LOST_AFTER_EPOCHS_AT_CHANCE), None)
    at_chance = _at_chance(accuracies[last], losses[last], class_counts, constant)
    return len(at_chance) == LOST_AFTER_EPOCHS_AT_CHANCE and bool(at_chance.all())


def diverged_above(start_loss: float, constant: float) -> float:
    """The highest loss, in nats, of a run that has not diverged.

    The loss before the first step is that of one batch. A small batch may be right by chance and begin near zero. The
    loss of the best constant predictor is then the reference.

    Args:
        start_loss: The training loss before the first step.
        constant: See `constant_loss`.
    """
    return DIVERGED_TIMES_START * max(start_loss, constant)


def constant_loss(class_counts: NDArray[np.int64], label_smoothing: float = 0.0) -> float:
    """The smallest mean cross-entropy, in nats, of a predictor that gives every example the same probabilities.

    The best constant prediction is the mean target, and its loss is the entropy of that (Gibbs' inequality). With label
    smoothing, the targets are (1 - label_smoothing) one-hot + label_smoothing / num_classes.

    Args:
        class_counts: (num_classes,), how many labels there are of each class.
    """
    from scipy.stats import entropy

    shares = class_counts / class_counts.sum()
    return float(entropy((1 - label_smoothing) * shares + label_smoothing / len(shares)))


def chance_accuracy(class_counts: NDArray[np.int64]) -> float:
    """The highest accuracy that is no better than chance.

    It is the upper end of the central 99 % range of a binomial(examples, share of the largest class) / examples. That
    share is the accuracy of always naming the largest class. It is at least 1 / num_classes, so the range of a guesser
    is covered, too. With few examples the bound may be 1: with 7 examples of 2 classes, even a guesser may be right
    every time.

    Args:
        class_counts: (num_classes,), how many labels there are of each class.
    """
    from scipy.stats import binom

    num_examples = class_counts.sum()
    return float(binom.ppf(0.995, num_examples, class_counts.max() / num_examples) / num_examples)


def _at_chance(accuracies: Array, losses: Array, class_counts: NDArray[np.int64], constant: float) -> NDArray[np.bool_]:
    """(num_epochs,), whether the run was at chance in each epoch. The loss decides where no accuracy can."""
    chance = chance_accuracy(class_counts)
    return accuracies <= chance if chance < 1 else losses >= constant


def epoch_of_leaving(curve: Array, low: Array, high: Array, diverged_epoch: int) -> int:
    """The epoch in which a diverged run left the range of the runs that did not diverge, and stayed outside.

    It is the epoch after the last one inside, and at the latest `diverged_epoch`. A single epoch outside says little:
    with n survivors, one more run is outside with probability 2 / (n + 1). Staying outside to the end says more.

    Args:
        curve: (num_epochs,), the values of the diverged run. A NaN counts as inside.
        low: (num_epochs,), the lower end of the range. A NaN counts as inside.
        high: (num_epochs,), the upper end of the range.
        diverged_epoch: The epoch in which the run diverged, from 1.
    """
    before = slice(0, diverged_epoch - 1)
    inside = (curve[before] >= low[before]) & (curve[before] <= high[before])
    unknown = np.isnan(curve[before]) | np.isnan(low[before])
    return int(np.max(np.flatnonzero(inside | unknown), initial=-1)) + 2
