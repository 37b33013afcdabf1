"""Why a run is unstable: what the gradients, the updates, the loss and the units did in an epoch.

Everything is kept on the device, a scalar a step, and read once an epoch. It draws no random numbers and changes no
weight, so that a run is the same with it and without.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import get_total_norm

# The update is compared with the weights at every so many steps, since it takes a copy of them.
UPDATE_EVERY = 16

SMALL = 4096

ACTIVATIONS = (nn.ReLU, nn.LeakyReLU)


class Diagnostics:
    """Of a model, an epoch at a time.

    grad_norm_mean, grad_norm_max: 2-norm of the whole gradient, before clipping, over the steps.
    update_ratio: 2-norm of a step's change of all weights over that of the weights, mean over every 16th step.
    loss_jump: largest rise of the training loss from one step to the next, in nats; 0 where it never rose.
    dead_units: share of an activation layer's units (channels) whose output was positive for no example and no place
        of the validation set, in the worst layer (Lu et al. 2019, arXiv 1903.06733, "dying ReLU").
    Each is None where it was not measured or is not finite.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._before = [torch.empty_like(parameter) for parameter in self._parameters]
        self._forget()

    def _forget(self) -> None:
        self._grad_norms: list[Tensor] = []
        self._losses: list[Tensor] = []
        self._update_ratios: list[Tensor] = []
        self._comparing = False
        self._highest: dict[nn.Module, Tensor] = {}

    def before_update(self, loss: Tensor) -> Tensor:
        """Between backward and the optimizer's step: the 2-norm of the whole gradient, a scalar on the device."""
        norm = whole_norm([parameter.grad for parameter in self._parameters if parameter.grad is not None])
        self._comparing = len(self._losses) % UPDATE_EVERY == 0
        if self._comparing:
            torch._foreach_copy_(self._before, [parameter.detach() for parameter in self._parameters])
        self._grad_norms.append(norm)
        self._losses.append(loss.detach())
        return norm

    def after_update(self) -> None:
        if self._comparing:
            size = whole_norm(self._before)
            torch._foreach_sub_(self._before, [parameter.detach() for parameter in self._parameters])
            self._update_ratios.append(whole_norm(self._before) / size)

    @contextmanager
    def watching_units(self) -> Iterator[None]:
        """While the model runs in here, every activation layer's units are looked at."""
        hooks = [
            module.register_forward_hook(self._see)
            for module in self._model.modules()
            if isinstance(module, ACTIVATIONS)
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _see(self, module: nn.Module, _: Any, output: Tensor) -> None:
        highest = highest_per_unit(output.detach())
        seen = self._highest.get(module)
        self._highest[module] = highest if seen is None else torch.maximum(seen, highest)

    def read(self) -> dict[str, float | None]:
        """The epoch's numbers; the next one begins. Waits for the device."""
        measured = {
            "grad_norm_mean": _number(self._grad_norms, Tensor.mean),
            "grad_norm_max": _number(self._grad_norms, Tensor.max),
            "update_ratio": _number(self._update_ratios, Tensor.mean),
            "loss_jump": _number(self._losses, lambda losses: losses.diff().max().clamp(min=0), at_least=2),
            "dead_units": _number([(top <= 0).double().mean() for top in self._highest.values()], Tensor.max),
        }
        self._forget()
        return {name: value if math.isfinite(value) else None for name, value in measured.items()}


def highest_per_unit(output: Tensor) -> Tensor:
    """(C,): the largest value of each channel of (B, C, ...), one dimension after the other, the longer one first:
    several times as fast on a CPU as all at once, the values being the same."""
    if output.ndim == 2:
        return output.amax(0)
    places = output.flatten(2)  # (B, C, H * W)
    return places.amax(2).amax(0) if places.shape[2] >= places.shape[0] else places.amax(0).amax(1)


def whole_norm(tensors: list[Tensor]) -> Tensor:
    """The 2-norm of all of them as one vector. On a CPU the many small ones are joined first: most of what it costs is
    the calls."""
    if tensors[0].device.type != "cpu":
        return get_total_norm(tensors)
    small = [tensor.flatten() for tensor in tensors if tensor.numel() < SMALL]
    large = [tensor for tensor in tensors if tensor.numel() >= SMALL]
    parts = [*large, torch.cat(small)] if small else large
    whole: Tensor = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(part) for part in parts]))
    return whole


def _number(scalars: list[Tensor], statistic: Callable[[Tensor], Tensor], at_least: int = 1) -> float:
    if len(scalars) < at_least:
        return math.nan
    return statistic(torch.stack(scalars).double()).item()
