"""How a training came out, and when it went astray.

A training process imports this file. SciPy takes long to load, so it waits until a run has ended.
"""

import numpy as np

from evenkeel.plugins import Outcome
from evenkeel.stability.curves import Array

# A run whose training loss ends at more than this many times the loss before its first step has diverged.
DIVERGED_TIMES_START = 10.0


def outcome_of(
    accuracy: float, num_examples: int, num_classes: int, losses: Array, start_loss: float
) -> tuple[Outcome, int | None]:
    """(outcome, epoch in which it diverged) of a run that trained to its last epoch.

    accuracy: of the last epoch. losses: (num_epochs,) training loss, all finite. start_loss: before the first
    step. Diverged: the loss ends above `DIVERGED_TIMES_START` x start_loss; the epoch is the first of those at the end
    that are all above it. Collapsed: the accuracy is no better than chance, at most the upper end of the central 99 %
    range of a binomial(num_examples, 1 / num_classes).
    """
    below = np.flatnonzero(losses <= DIVERGED_TIMES_START * start_loss)
    last_below = int(below[-1]) + 1 if below.size else 0
    if last_below < len(losses):
        return Outcome.DIVERGED, last_below + 1
    from scipy.stats import binom

    chance = binom.ppf(0.995, num_examples, 1 / num_classes) / num_examples
    return (Outcome.COLLAPSED if accuracy <= chance else Outcome.CONVERGED), None


def epoch_of_leaving(curve: Array, low: Array, high: Array, diverged_epoch: int) -> int:
    """The epoch after the last one in which a diverged run was inside the range of the runs that did not diverge.

    curve, low, high: (num_epochs,), NaN where unknown. One epoch outside says little (of n survivors and one more run,
    the one more is outside with probability 2 / (n + 1)); staying outside to the end says more. At the latest
    `diverged_epoch`.
    """
    before = slice(0, diverged_epoch - 1)
    inside = (curve[before] >= low[before]) & (curve[before] <= high[before])
    unknown = np.isnan(curve[before]) | np.isnan(low[before])
    return int(np.max(np.flatnonzero(inside | unknown), initial=-1)) + 2
