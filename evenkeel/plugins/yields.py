"""What the training of a run yields, and the outcomes that a run can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Outcome(StrEnum):
    """How the training of a finished run ended.

    An outcome is a result, never a failure. The run is not retried, and every statistic says how it counts the run.
    """

    CONVERGED = "converged"
    COLLAPSED = "collapsed"
    DIVERGED = "diverged"


@dataclass(frozen=True)
class EpochEnd:
    """What was measured in one epoch.

    Attributes:
        epoch: The number of the epoch, from 1.
        values: metric -> value. A value is None if it is not known. A metric that is left out is not known either.
        seconds: The wall-clock time of the epoch, including its validation.
    """

    epoch: int
    values: Mapping[str, float | None]
    seconds: float


@dataclass(frozen=True)
class StepEnd:
    """A training can be saved here, within an epoch. The lab stops it here if it must, and saves it now and then.

    Attributes:
        epoch: The number of epochs that have ended.
        step: The number of steps of the next epoch that are done.
    """

    epoch: int
    step: int


@dataclass(frozen=True)
class Finished:
    """How a run ended. A training yields this last.

    Attributes:
        diverged_epoch: The epoch in which the run diverged, from 1; None if it did not.
        correct: bool (num_examples,), which validation examples the run has right after its last epoch; None if that is
            not known.
    """

    outcome: Outcome
    diverged_epoch: int | None = None
    correct: NDArray[Any] | None = None
