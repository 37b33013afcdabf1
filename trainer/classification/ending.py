"""How a run ended, and whether it need not train on. `evenkeel.statistics.outcome` decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenkeel.plugins import Finished
from evenkeel.statistics import outcome

if TYPE_CHECKING:
    from trainer.classification.state import TrainingState


def is_lost(training: TrainingState, epochs: list[dict[str, float]], class_counts: NDArray[np.int64]) -> bool:
    """Whether the run need not train on. The other arguments are those of `finished`."""
    accuracies, losses = _column(epochs, "train_accuracy"), _column(epochs, "train_loss")
    smoothing, warmup = training.parameters.label_smoothing, training.parameters.warmup_epochs
    return outcome.is_lost(accuracies, class_counts, losses, training.start_loss, smoothing, warmup)


def finished(training: TrainingState, epochs: list[dict[str, float]], class_counts: NDArray[np.int64]) -> Finished:
    """How a run ended in which everything was finite.

    Args:
        epochs: The values measured in each epoch.
        class_counts: (num_classes,), how many labels of each class the run was trained on.
    """
    accuracy, smoothing = epochs[-1]["train_accuracy"], training.parameters.label_smoothing
    losses = _column(epochs, "train_loss")
    how, diverged_epoch = outcome.outcome_of(accuracy, class_counts, losses, training.start_loss, smoothing)
    correct = None if training.correct is None else training.correct.numpy()
    return Finished(how, diverged_epoch, correct)


def _column(epochs: list[dict[str, float]], metric: str) -> NDArray[np.float64]:
    return np.array([values[metric] for values in epochs])
