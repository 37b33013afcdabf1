"""The optimizers, and the learning rate at each step of a run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch.nn import Parameter

from models.factors import AdamEpsilon, Optimizer, Schedule

if TYPE_CHECKING:
    from models.task import Classification


def fuses(weights: list[Parameter]) -> bool | None:
    """Whether one kernel updates all weights: on a GPU, where many small kernels cost time. None is torch's default."""
    return True if weights[0].is_cuda else None


def _adam(weights: list[Parameter], parameters: Classification) -> torch.optim.Optimizer:
    """Kingma and Ba 2014 (arXiv 1412.6980). Weight decay is an L2 penalty."""
    betas = parameters.beta1, parameters.beta2
    fused = fuses(weights)
    return torch.optim.Adam(weights, parameters.lr, betas, parameters.adam_eps, parameters.weight_decay, fused=fused)


def _adamw(weights: list[Parameter], parameters: Classification) -> torch.optim.Optimizer:
    """Loshchilov and Hutter 2017 (arXiv 1711.05101). Weight decay is decoupled."""
    betas = parameters.beta1, parameters.beta2
    fused = fuses(weights)
    return torch.optim.AdamW(weights, parameters.lr, betas, parameters.adam_eps, parameters.weight_decay, fused=fused)


def _sgd(weights: list[Parameter], parameters: Classification) -> torch.optim.Optimizer:
    decay = parameters.weight_decay
    return torch.optim.SGD(weights, parameters.lr, parameters.momentum, weight_decay=decay, fused=fuses(weights))


OPTIMIZERS: dict[Optimizer, Callable[[list[Parameter], Classification], torch.optim.Optimizer]] = {
    Optimizer.ADAM: _adam,
    Optimizer.ADAMW: _adamw,
    Optimizer.SGD: _sgd,
}

# Each function gives the factor of the learning rate. Its argument, in [0, 1], is the share of the epochs after the
# warmup that is done. Cosine: Loshchilov and Hutter 2016 (arXiv 1608.03983), eq. 5, without restarts.
SCHEDULES: dict[Schedule, Callable[[float], float]] = {
    Schedule.CONSTANT: lambda done: 1.0,
    Schedule.COSINE: lambda done: 0.5 * (1 + math.cos(math.pi * done)),
}


def set_step(optimizer: torch.optim.Optimizer, parameters: Classification, step: int, steps_per_epoch: int) -> None:
    """Set the optimizer's learning rate, and its epsilon if it has one. Call this before each step.

    Args:
        step: The number of the step, from 0 over the whole run.
    """
    for group in optimizer.param_groups:
        group["lr"] = lr_at(parameters, step, steps_per_epoch)
        if "eps" in group:
            group["eps"] = eps_at(parameters, step)


def eps_at(parameters: Classification, step: int) -> float:
    """The epsilon that torch's Adam or AdamW must use in step `step` (from 0 over the whole run).

    Keras adds epsilon before the bias of the second moment is corrected. Kingma and Ba 2014 (arXiv 1412.6980) propose
    this at the end of section 2: lr * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps), t from 1. torch adds
    epsilon after the correction. So torch takes the same step with eps / sqrt(1 - beta2^t).
    """
    if parameters.adam_epsilon is AdamEpsilon.TORCH:
        return parameters.adam_eps
    return parameters.adam_eps / math.sqrt(1 - parameters.beta2 ** (step + 1))


def lr_at(parameters: Classification, step: int, steps_per_epoch: int) -> float:
    """The learning rate in step `step` (from 0 over the whole run).

    It depends on nothing else that changes during a run, so a resumed run has no schedule to restore. During the warmup
    it rises in equal steps, and the last of them reaches `parameters.lr`.
    """
    warmup = parameters.warmup_epochs * steps_per_epoch
    if step < warmup:
        return parameters.lr * (step + 1) / warmup
    rest = parameters.epochs * steps_per_epoch - warmup
    return parameters.lr * SCHEDULES[parameters.schedule]((step - warmup) / max(1, rest))
