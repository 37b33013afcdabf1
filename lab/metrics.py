"""What is measured in every epoch, and which way is better."""

import math

METRICS = ("train_accuracy", "val_accuracy", "train_loss", "val_loss")

# Why a run is unstable: see `trainer.diagnostics`. None where not measured.
DIAGNOSTICS = ("grad_norm_mean", "grad_norm_max", "update_ratio", "loss_jump", "dead_units")

HIGHER_IS_BETTER = frozenset({"train_accuracy", "val_accuracy"})

# What stands in for a run after it diverged; infinite where it is not named.
_WORST = {"train_accuracy": 0.0, "val_accuracy": 0.0, "dead_units": 1.0}


def worst_value(metric: str) -> float:
    """The declared worst value of a metric: accuracy 0, dead units 1, infinity for all others."""
    return _WORST.get(metric, math.inf)
