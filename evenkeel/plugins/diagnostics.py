"""Diagnostics that any training with a torch network gets: how its gradients and updates behaved in an epoch.

They are measured in hooks on the optimizer's step. Measuring draws no random numbers and changes no weight, so a run is
the same with it and without it. The numbers stay on the device, a scalar for each step, and are read once an epoch.
This file imports no torch: a training that has no network needs none.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

from evenkeel.plugins.task import Metric

if TYPE_CHECKING:
    from torch import Tensor

# The update is compared with the weights only once in this many steps, since the comparison needs a copy of them.
UPDATE_EVERY = 16

DIAGNOSTICS = (
    Metric(
        "grad_norm_mean", "lower", math.inf, "", "Mean 2-norm of the gradient over the steps; null if not finite.",
        "mean gradient norm", diagnostic=True,
    ),
    Metric(
        "grad_norm_max", "lower", math.inf, "", "Largest 2-norm of the gradient of a step; null if not finite.",
        "largest gradient norm", diagnostic=True,
    ),
    Metric(
        "update_ratio", "lower", math.inf, "",
        "2-norm of a step's change of the weights / 2-norm of the weights; mean over every 16th step.",
        "update / weights", diagnostic=True,
    ),
)  # fmt: skip


class Diagnostics:
    """Measures the gradient and the update at each step of an optimizer.

    The gradient is the one that the optimizer sees, so after a clipping of the training's own.

    Args:
        model: The network. Nothing is measured if it is not a `torch.nn.Module`.
        optimizer: Nothing is measured if it has no hooks, as any `torch.optim.Optimizer` has.
    """

    def __init__(self, model: Any, optimizer: Any) -> None:
        self._weights: list[Tensor] = []
        self._forget()
        if is_network(model) and hasattr(optimizer, "register_step_pre_hook"):
            self._weights = [weight for weight in model.parameters() if weight.requires_grad]
            optimizer.register_step_pre_hook(self._before_step)
            optimizer.register_step_post_hook(self._after_step)

    def _forget(self) -> None:
        self._norms: list[Tensor] = []
        self._ratios: list[Tensor] = []
        self._before: list[Tensor] | None = None

    def _before_step(self, *_: Any) -> None:
        gradients = [weight.grad for weight in self._weights if weight.grad is not None]
        if not gradients:
            return
        if len(self._norms) % UPDATE_EVERY == 0:
            self._before = [weight.detach().clone() for weight in self._weights]
        self._norms.append(whole_norm(gradients))

    def _after_step(self, *_: Any) -> None:
        if self._before is None:
            return
        changes = [weight.detach() - before for weight, before in zip(self._weights, self._before, strict=True)]
        self._ratios.append(whole_norm(changes) / whole_norm(self._before))
        self._before = None

    def read(self) -> dict[str, float | None]:
        """The diagnostics of the epoch; each is None if it was not measured or is not finite. Begins the next epoch.
        This waits for the device."""
        norms = [norm.item() for norm in self._norms]
        ratios = [ratio.item() for ratio in self._ratios]
        self._forget()
        measured = {
            "grad_norm_mean": sum(norms) / len(norms) if norms else math.nan,
            "grad_norm_max": max(norms, default=math.nan),
            "update_ratio": sum(ratios) / len(ratios) if ratios else math.nan,
        }
        return {name: value if math.isfinite(value) else None for name, value in measured.items()}


def whole_norm(tensors: list[Tensor]) -> Tensor:
    """The 2-norm of all tensors as one vector, a scalar on the device of the first."""
    squares = [tensor.detach().norm().square().to(tensors[0].device) for tensor in tensors]
    whole: Tensor = sum(squares[1:], squares[0]).sqrt()
    return whole


def is_network(model: Any) -> bool:
    """Whether it is a `torch.nn.Module`. Where nobody has loaded torch, nothing is."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(model, torch.nn.Module)


def all_finite(model: Any) -> bool:
    """Whether every weight and every buffer of a torch network is finite; true if it is no torch network."""
    if not is_network(model):
        return True
    state = (value for value in model.state_dict().values() if hasattr(value, "is_floating_point"))
    return all(bool(tensor.isfinite().all()) for tensor in state if tensor.is_floating_point())
