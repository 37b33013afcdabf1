"""What the training of one run yields, and the outcomes that a run can have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

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


class Training(Protocol):
    """The training of one run. It yields an `EpochEnd` after each epoch, and then one `Finished`.

    It may also yield a `StepEnd` wherever it can be saved within an epoch. The lab stops a training only where it
    yields. So a task whose epochs are long should yield often.

    Work that is slow or may fail belongs in the iteration: when that starts, the hash of the data is already recorded.
    """

    def __iter__(self) -> Iterator[EpochEnd | StepEnd | Finished]: ...

    @property
    def dataset_hash(self) -> str:
        """The hash of the data that the run learns from; '' if there are no data."""

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides how the training goes on after its last yield, such as weights, the optimizer's
        state, counts, and the states of its own generators.

        The lab writes it to a checkpoint. It may hold tensors, numbers, texts, None, and lists and dicts of them. The
        key 'evenkeel' is the lab's. The lab itself saves and restores the global generators of Python, NumPy and torch.
        """

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a state that `state_dict` returned. The lab calls this before the iteration starts. The iteration
        then goes on after the yield at which the state was saved.

        Raises:
            KeyError, TypeError or ValueError: If this version cannot go on from the state. The run then starts again.
        """
