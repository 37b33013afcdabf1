"""The outcome of a run, and the epoch in which a diverged run left the range of the others.

The training process imports this file. SciPy takes long to load, so it is imported only after a run has ended.
"""

import numpy as np

from evenkeel.plugins import Outcome
from evenkeel.stability.curves import Array

# A run whose training loss ends at more than this many times the loss before its first step has diverged.
DIVERGED_TIMES_START = 10.0


def outcome_of(
    accuracy: float, num_examples: int, num_classes: int, losses: Array, start_loss: float
) -> tuple[Outcome, int | None]:
    """The outcome of a run that trained to its last epoch.

    The run diverged if its loss ends above `DIVERGED_TIMES_START` x start_loss. It diverged in the first epoch
    from which all losses stay above that limit. The run collapsed if its accuracy is no better than chance: at most the
    upper end of the central 99 % range of a binomial(num_examples, 1 / num_classes).

    Args:
        accuracy: The accuracy in the last epoch, in [0, 1].
        num_examples: How many examples the accuracy is over.
        losses: (num_epochs,), the training loss. All values are finite.
        start_loss: The training loss before the first step.

    Returns:
        (outcome, epoch in which the run diverged, from 1). The epoch is None if the run did not diverge.
    """
    below = np.flatnonzero(losses <= DIVERGED_TIMES_START * start_loss)
    last_below = int(below[-1]) + 1 if below.size else 0
    if last_below < len(losses):
        return Outcome.DIVERGED, last_below + 1
    from scipy.stats import binom

    chance = binom.ppf(0.995, num_examples, 1 / num_classes) / num_examples
    return (Outcome.COLLAPSED if accuracy <= chance else Outcome.CONVERGED), None


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
