"""The metrics for which a cell has statistics and figures in MLflow."""

import math

from evenkeel.plugins import Metric, Panels, Task
from models.task import CLASSIFICATION, Classification
from trainer.tracking.cells import is_drawn, tracked_metrics


def test_of_the_built_in_task_the_four_metrics_are_tracked_and_the_accuracies_drawn() -> None:
    tracked = tracked_metrics(CLASSIFICATION)
    assert [metric.name for metric in tracked] == ["train_accuracy", "val_accuracy", "train_loss", "val_loss"]
    assert [metric.name for metric in tracked if is_drawn(metric)] == ["train_accuracy", "val_accuracy"]


def test_another_task_has_its_own() -> None:
    metrics = (
        Metric("won", "higher", 0.0, "share", "Games won."),
        Metric("lost", "lower", 1.0, "share", "Games lost."),
        Metric("elo", "higher", -math.inf, "", "Strength."),
        Metric("entropy", "higher", 0.0, "share", "Of the moves.", diagnostic=True),
    )
    task = Task("chess", 1, Classification, metrics, "won", Panels("arch", "norm", "init"))
    assert [metric.name for metric in tracked_metrics(task)] == ["won", "lost", "elo"]
    assert [metric.name for metric in tracked_metrics(task) if is_drawn(metric)] == ["won"]
