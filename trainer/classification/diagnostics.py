"""Measures why a run is unstable: how its gradients, updates, loss and units behaved in an epoch.

The numbers stay on the device, a scalar for each step, and are read once an epoch. Measuring draws no random numbers
and changes no weight, so a run is the same with it and without it.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import get_total_norm

# The update is compared with the weights only once in this many steps, since the comparison needs a copy of them.
UPDATE_EVERY = 16

# Tensors with fewer elements than this are small.
SMALL = 4096

# The share of an epoch's steps, its last ones, in which units are watched. Watching every step would cost more.
WATCHED_SHARE = 0.25


# The largest value of each unit, by layer. A layer is a module and its number of units: a network may use one module in
# layers of several widths.
Seen = dict[tuple[nn.Module, int], Tensor]


class Diagnostics:
    """Measures the diagnostics of a model, one epoch at a time.

    grad_norm_mean, grad_norm_max: The mean and the maximum over the steps of the whole gradient's 2-norm, before
        clipping.
    update_ratio: The 2-norm of a step's change of all weights, divided by the 2-norm of the weights; the mean over
        every 16th step.
    loss_jump: The largest rise of the training loss from one step to the next, in nats; 0 if it never rose.
    dead_units: The share of a ReLU layer's units (channels) whose output was positive for no example and at no position
        of the training batches in which units were watched. No gradient flows through such a unit. The worst layer
        counts (Lu et al. 2019, arXiv 1903.06733, "dying ReLU"). A leaky ReLU does not count: its gradient always flows.
    Each is None if it was not measured or is not finite.

    Attributes:
        seen: What the units of the current step did. `before_update` adds it to that of the epoch.
        watches: Whether units are watched now.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._before = [torch.empty_like(parameter) for parameter in self._parameters]
        self.seen: Seen = {}
        self.watches = False
        self._forget()

    def _forget(self) -> None:
        self._grad_norms: list[Tensor] = []
        self._losses: list[Tensor] = []
        self._update_ratios: list[Tensor] = []
        self._comparing = False
        self._highest: Seen = {}

    def before_update(self, loss: Tensor) -> Tensor:
        """Call this between the backward pass and the optimizer's step.

        Args:
            loss: The training loss of the step, a scalar on the device.

        Returns:
            The 2-norm of the whole gradient, a scalar on the device.
        """
        norm = whole_norm([parameter.grad for parameter in self._parameters if parameter.grad is not None])
        self._comparing = len(self._losses) % UPDATE_EVERY == 0
        if self._comparing:
            torch._foreach_copy_(self._before, [parameter.detach() for parameter in self._parameters])
        self._take_seen()
        self._grad_norms.append(norm)
        self._losses.append(loss.detach())
        return norm

    def _take_seen(self) -> None:
        for layer, highest in self.seen.items():
            before = self._highest.get(layer)
            self._highest[layer] = highest.clone() if before is None else torch.maximum(before, highest)
        self.seen = {}

    def after_update(self) -> None:
        """Call this after the optimizer's step."""
        if self._comparing:
            size = whole_norm(self._before)
            torch._foreach_sub_(self._before, [parameter.detach() for parameter in self._parameters])
            self._update_ratios.append(whole_norm(self._before) / size)

    @contextmanager
    def watching_units(self) -> Iterator[None]:
        """Watch the units of every ReLU layer while the model runs inside this context.

        The model must be in training mode. Batch norm then uses the statistics of the batch, as the gradient does.
        Its running statistics may lag behind, and would show other units as dead.
        """
        hooks = [module.register_forward_hook(self._see) for module in self._model.modules() if can_die(module)]
        self.watches = True
        try:
            yield
        finally:
            self.watches = False
            for hook in hooks:
                hook.remove()

    def _see(self, module: nn.Module, _: Any, output: Tensor) -> None:
        if output.ndim < 2:
            return
        highest = highest_per_unit(output.detach())
        layer = module, len(highest)
        before = self.seen.get(layer)
        self.seen[layer] = highest if before is None else torch.maximum(before, highest)

    def state_dict(self) -> dict[str, Any]:
        """What was measured in the epoch so far."""
        self._take_seen()
        names = {module: name for name, module in self._model.named_modules()}
        return {
            "grad_norms": _joined(self._grad_norms),
            "losses": _joined(self._losses),
            "update_ratios": _joined(self._update_ratios),
            "highest": {f"{names[module]}:{units}": highest for (module, units), highest in self._highest.items()},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        device = self._parameters[0].device
        self._grad_norms, self._losses, self._update_ratios = (
            list(state[name].to(device)) for name in ("grad_norms", "losses", "update_ratios")
        )
        modules = dict(self._model.named_modules())
        # Earlier versions wrote the name alone.
        self._highest = {
            (modules[name.partition(":")[0]], len(highest)): highest.to(device)
            for name, highest in state["highest"].items()
        }

    def read(self) -> dict[str, float | None]:
        """Return the diagnostics of the epoch, and begin the next one. This waits for the device."""
        self._take_seen()
        measured = {
            "grad_norm_mean": _number(self._grad_norms, Tensor.mean),
            "grad_norm_max": _number(self._grad_norms, Tensor.max),
            "update_ratio": _number(self._update_ratios, Tensor.mean),
            "loss_jump": _number(self._losses, lambda losses: losses.diff().max().clamp(min=0), at_least=2),
            "dead_units": _number([(top <= 0).double().mean() for top in self._highest.values()], Tensor.max),
        }
        self._forget()
        return {name: value if math.isfinite(value) else None for name, value in measured.items()}


def can_die(module: nn.Module) -> bool:
    """Whether the module is an activation whose gradient is zero wherever its output is not positive."""
    return isinstance(module, nn.ReLU) or (isinstance(module, nn.LeakyReLU) and module.negative_slope == 0)


def highest_per_unit(output: Tensor) -> Tensor:
    """The largest value of each unit, as (C,). A unit is a channel of (B, C, H, W), or of (B, C) or (B, tokens, C).

    The dimensions are reduced one after the other: first the one whose numbers lie far apart in memory or, if the
    channels do not come last there, the longer one. On a CPU that is several times as fast as all at once, and the
    values are the same.
    """
    if output.ndim <= 3:
        return output.flatten(0, -2).amax(0)
    if output.ndim == 4 and output.is_contiguous(memory_format=torch.channels_last):
        of_examples = output.permute(0, 2, 3, 1).flatten(1).amax(0)  # (H * W * C,)
        return of_examples.view(-1, output.shape[1]).amax(0)
    places = output.flatten(2)  # (B, C, H * W)
    return places.amax(2).amax(0) if places.shape[2] >= places.shape[0] else places.amax(0).amax(1)


def whole_norm(tensors: list[Tensor]) -> Tensor:
    """The 2-norm of all tensors as one vector, a scalar on their device.

    On a CPU the many small tensors are joined first, since most of the time goes into the calls.
    """
    if tensors[0].device.type != "cpu":
        return get_total_norm(tensors)
    small = [tensor.flatten() for tensor in tensors if tensor.numel() < SMALL]
    large = [tensor for tensor in tensors if tensor.numel() >= SMALL]
    parts = [*large, torch.cat(small)] if small else large
    whole: Tensor = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(part) for part in parts]))
    return whole


def _joined(scalars: list[Tensor]) -> Tensor:
    """As one tensor (N,): a file with many tensors is slow to write and to read."""
    return torch.stack(scalars) if scalars else torch.empty(0)


def _number(scalars: list[Tensor], statistic: Callable[[Tensor], Tensor], at_least: int = 1) -> float:
    if len(scalars) < at_least:
        return math.nan
    return statistic(torch.stack(scalars).double()).item()
