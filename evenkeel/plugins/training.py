"""What the training of one run yields, and the outcomes that a run can have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

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

    Work that is slow or may fail belongs in the iteration: when that starts, the hash of the data is already recorded.
    """

    def __iter__(self) -> Iterator[EpochEnd | Finished]: ...

    @property
    def dataset_hash(self) -> str:
        """The hash of the data that the run learns from; '' if there are no data."""

    def save(self, folder: Path) -> tuple[Path, str]:
        """Write a checkpoint of the last epoch that was yielded. Returns (its path, its sha256 in hex)."""
