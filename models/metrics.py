"""The metrics of the built-in task: what is measured in each epoch of a classification."""

import math

from evenkeel.plugins import Metric

METRICS = (
    Metric(
        "train_accuracy", "higher", 0.0, "share", "Mean accuracy of the epoch's batches while they train, in [0, 1].",
        "training accuracy",
    ),
    Metric("val_accuracy", "higher", 0.0, "share", "Accuracy after the epoch, in [0, 1].", "validation accuracy"),
    Metric("train_loss", "lower", math.inf, "nats", "Training cross-entropy, in nats.", "training loss (nats)"),
    Metric("val_loss", "lower", math.inf, "nats", "Validation cross-entropy, in nats.", "validation loss (nats)"),
    Metric(
        "grad_norm_mean", "lower", math.inf, "", "Mean 2-norm of the gradient over the steps; null if not finite.",
        "gradient norm, mean", diagnostic=True,
    ),
    Metric(
        "grad_norm_max", "lower", math.inf, "", "Largest 2-norm of the gradient over the steps; null if not finite.",
        "gradient norm, largest", diagnostic=True,
    ),
    Metric(
        "update_ratio", "lower", math.inf, "", "Norm of a step's change divided by the norm of the weights, mean.",
        "update-to-weight ratio", diagnostic=True,
    ),
    Metric(
        "loss_jump", "lower", math.inf, "nats", "Largest rise of the loss from one step to the next, in nats.",
        "largest loss jump (nats)", diagnostic=True,
    ),
    Metric(
        "dead_units", "lower", 1.0, "share",
        "Share of units whose output is never positive in the last quarter of the epoch's training steps, in the worst "
        "ReLU layer; null if all activations are leaky.",
        "dead units, worst layer", diagnostic=True,
    ),
)  # fmt: skip
