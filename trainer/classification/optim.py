"""The optimizers, and the learning rate at each step of a run."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch.nn import Parameter

from models.extra import LevelError, extra_level
from models.factors import AdamEpsilon, Optimizer, Schedule
from models.own import called

if TYPE_CHECKING:
    from models.task import Classification


def fuses(weights: list[Parameter]) -> bool | None:
    """Whether one kernel updates all weights, which is the fastest way. None is torch's default, for other weights.

    The kernel goes through memory from end to end. So there must be no gaps between the numbers of a weight.
    """
    fits = all(weight.is_floating_point() and _has_no_gaps(weight) for weight in weights)
    return True if fits and weights[0].device.type in ("cpu", "cuda") else None


def _has_no_gaps(weight: Parameter) -> bool:
    # A new tensor has none, and takes over the strides of a tensor that has none either.
    return torch.empty_like(weight).stride() == weight.stride()


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

# Where torch's own schedulers keep the learning rate that a group of weights began with.
INITIAL = "initial_lr"


def make_optimizer(weights: list[Parameter], parameters: Classification) -> torch.optim.Optimizer:
    """The optimizer of a run, built in or of a plug-in.

    Raises:
        LevelError: If nobody brings the optimizer, if its code fails, or if its step needs the loss as a function.
    """
    if isinstance(parameters.optimizer, Optimizer):
        return OPTIMIZERS[parameters.optimizer](weights, parameters)
    extra = extra_level("optimizer", parameters.optimizer)
    made: torch.optim.Optimizer = called(extra, "for this cell", torch.optim.Optimizer, weights, parameters)
    closure = inspect.signature(made.step).parameters.get("closure")
    if closure is not None and closure.default is inspect.Parameter.empty:
        raise LevelError(f"{extra}: its step needs a closure, which the lab does not have")
    for group in made.param_groups:
        if "lr" in group:
            group[INITIAL] = group["lr"]
    return made


# Each function gives the factor of the learning rate. Its argument, in [0, 1], is the share of the epochs after the
# warmup that is done. Cosine: Loshchilov and Hutter 2016 (arXiv 1608.03983), eq. 5, without restarts.
SCHEDULES: dict[Schedule, Callable[[float], float]] = {
    Schedule.CONSTANT: lambda done: 1.0,
    Schedule.COSINE: lambda done: 0.5 * (1 + math.cos(math.pi * done)),
}


def set_step(optimizer: torch.optim.Optimizer, parameters: Classification, step: int, steps_per_epoch: int) -> None:
    """Set the optimizer's learning rate, and its epsilon if it has one. Call this before each step.

    In the optimizer of a plug-in, each group of weights has its own learning rate, which takes the same course. The
    epsilon is left to it, and so is a group without a learning rate.

    Args:
        step: The number of the step, from 0 over the whole run.
    """
    built_in = isinstance(parameters.optimizer, Optimizer)
    for group in optimizer.param_groups:
        if built_in or INITIAL in group:
            group["lr"] = lr_at(parameters, step, steps_per_epoch, group.get(INITIAL))
        if built_in and "eps" in group:
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


def lr_at(parameters: Classification, step: int, steps_per_epoch: int, highest: float | None = None) -> float:
    """The learning rate in step `step` (from 0 over the whole run).

    It depends on nothing else that changes during a run, so a resumed run has no schedule to restore. During the warmup
    it rises in equal steps, and the last of them reaches `highest`.

    Args:
        highest: The learning rate before the schedule changes it. It is `parameters.lr` unless it is given.
    """
    highest = parameters.lr if highest is None else highest
    warmup = parameters.warmup_epochs * steps_per_epoch
    if step < warmup:
        return highest * (step + 1) / warmup
    rest = parameters.epochs * steps_per_epoch - warmup
    return highest * SCHEDULES[parameters.schedule]((step - warmup) / max(1, rest))
