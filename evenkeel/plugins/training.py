"""What the training of one run yields, and how a run can come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


class Outcome(StrEnum):
    """How a finished run came out. A result, never a failure: it is not retried, and every statistic says what became
    of it."""

    CONVERGED = "converged"
    COLLAPSED = "collapsed"
    DIVERGED = "diverged"


@dataclass(frozen=True)
class EpochEnd:
    """What an epoch measured. epoch: from 1. values: metric -> value, None where it is not known; a metric that is not
    named is not known either. seconds: of wall-clock time, validation included."""

    epoch: int
    values: Mapping[str, float | None]
    seconds: float


@dataclass(frozen=True)
class Finished:
    """How a run came out; the last thing that a training yields.

    diverged_epoch: from 1, None if it did not diverge. correct: bool (num_examples,), which validation examples it has
    right after its last epoch; None where that is not known.
    """

    outcome: Outcome
    diverged_epoch: int | None = None
    correct: NDArray[Any] | None = None


class Training(Protocol):
    """One run that is being trained: `EpochEnd` after each epoch, then one `Finished`.

    What is costly or may fail belongs in the iteration: by then the hash of the data is recorded.
    """

    def __iter__(self) -> Iterator[EpochEnd | Finished]: ...

    @property
    def dataset_hash(self) -> str:
        """Of the content that it learns from; '' where there is none."""

    def save(self, folder: Path) -> tuple[Path, str]:
        """Write a checkpoint of the last epoch that was yielded: (its path, its sha256)."""
