"""Why a run is unstable: what the gradients, the updates, the loss and the units did in an epoch.

Everything is summed on the device and read once an epoch. It draws no random numbers and changes no weight, so that
a run is the same with it and without.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

# The update is compared with the weights at every so many steps, since it takes a copy of them.
UPDATE_EVERY = 16

ACTIVATIONS = (nn.ReLU, nn.LeakyReLU)


class Diagnostics:
    """Of one epoch of one model.

    grad_norm_mean, grad_norm_max: 2-norm of the whole gradient, before clipping, over the steps.
    update_ratio: 2-norm of a step's change of all weights over that of the weights, mean over every 16th step.
    loss_jump: largest rise of the training loss from one step to the next, in nats; 0 where it never rose.
    dead_units: share of an activation layer's units (channels) whose output was positive for no example and no place
        of the validation set, in the worst layer (Lu et al. 2019, arXiv 1903.06733, "dying ReLU").
    Each is None where it was not measured or is not finite.
    """

    def __init__(self, model: nn.Module, device: torch.device) -> None:
        self._model = model
        self._parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._steps = 0
        self._sums = torch.zeros(2, dtype=torch.float64, device=device)  # gradient norm, update ratio
        self._peaks = torch.zeros(2, dtype=torch.float64, device=device)  # gradient norm, loss jump
        self._last_loss: Tensor | None = None
        self._before: list[Tensor] | None = None
        self._highest: dict[nn.Module, Tensor] = {}

    def before_update(self, grad_norm: Tensor, loss: Tensor) -> None:
        """Between backward and the optimizer's step. Both are scalars on the device."""
        grad_norm, loss = grad_norm.double(), loss.detach().double()
        self._sums[0] += grad_norm
        self._peaks[0] = torch.maximum(self._peaks[0], grad_norm)
        if self._last_loss is not None:
            self._peaks[1] = torch.maximum(self._peaks[1], loss - self._last_loss)
        self._last_loss = loss
        if self._steps % UPDATE_EVERY == 0:
            self._before = [parameter.detach().clone() for parameter in self._parameters]

    def after_update(self) -> None:
        if self._before is not None:
            weights = [parameter.detach() for parameter in self._parameters]
            size = torch.nn.utils.get_total_norm(self._before)
            change = torch.nn.utils.get_total_norm(torch._foreach_sub(weights, self._before))
            self._sums[1] += change / size
            self._before = None
        self._steps += 1

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
        highest = output.amax(dim=[d for d in range(output.ndim) if d != 1])  # (C,)
        seen = self._highest.get(module)
        self._highest[module] = highest if seen is None else torch.maximum(seen, highest)

    def read(self) -> dict[str, float | None]:
        """Waits for the device."""
        sums, peaks = self._sums.tolist(), self._peaks.tolist()
        dead = [(highest <= 0).double().mean() for highest in self._highest.values()]
        measured = {
            "grad_norm_mean": sums[0] / self._steps if self._steps else math.nan,
            "grad_norm_max": peaks[0] if self._steps else math.nan,
            "update_ratio": sums[1] / math.ceil(self._steps / UPDATE_EVERY) if self._steps else math.nan,
            "loss_jump": peaks[1] if self._steps > 1 else math.nan,
            "dead_units": torch.stack(dead).max().item() if dead else math.nan,
        }
        return {name: value if math.isfinite(value) else None for name, value in measured.items()}
