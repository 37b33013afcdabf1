"""One step of training or of evaluation. No step waits for the device."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from models.factors import Precision
from trainer.classification.diagnostics import Diagnostics, whole_norm
from trainer.classification.sums import Totals

if TYPE_CHECKING:
    from models.task import Classification

AMPERE = (8, 0)


def set_precision(device: torch.device, precision: Precision) -> None:
    """Set up torch for a precision: matrix products are in full float32 or, if asked for, in TF32.

    Raises:
        RuntimeError: If the device does not support the precision.
    """
    if precision is Precision.TF32 and (device.type != "cuda" or torch.cuda.get_device_capability(device) < AMPERE):
        raise RuntimeError(
            f"precision 'tf32' needs an NVIDIA GPU of the Ampere generation or newer; this run was given {device}"
        )
    if precision is Precision.BF16 and device.type == "cuda" and torch.cuda.get_device_capability(device) < AMPERE:
        raise RuntimeError(
            "precision 'bf16' needs an NVIDIA GPU of the Ampere generation or newer, or a CPU; "
            f"this run was given {device}"
        )
    torch.backends.cuda.matmul.allow_tf32 = precision is Precision.TF32
    torch.backends.cudnn.allow_tf32 = precision is Precision.TF32
    # oneDNN's backward pass in bfloat16 does not write the gradients that a one-pixel image never reaches. They would
    # come from stale memory.
    torch.backends.mkldnn.enabled = not (device.type == "cpu" and precision is Precision.BF16)  # type: ignore[assignment]


def autocast(device: torch.device, precision: Precision) -> torch.autocast:
    """A context that computes in bfloat16 where autocast considers that safe. It leaves other precisions unchanged."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision is Precision.BF16)


class Gradients(Protocol):
    """Computes the gradients of a batch, as `gradients` does."""

    def __call__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        parameters: Classification,
        diagnostics: Diagnostics | None,
    ) -> tuple[Tensor, Tensor]: ...


def gradients(
    model: nn.Module, images: Tensor, labels: Tensor, parameters: Classification, diagnostics: Diagnostics | None
) -> tuple[Tensor, Tensor]:
    """Set the gradient of each weight, with cross-entropy as the loss.

    Args:
        images: float32 (B, 3, H, W).
        labels: int64 (B,).
        diagnostics: Sees the outputs of the layers if it watches units.

    Returns:
        The mean loss, a scalar, and the logits (B, classes), both without their graph.
    """
    model.zero_grad(set_to_none=True)
    with autocast(images.device, parameters.precision):
        logits = model(images)
    loss = F.cross_entropy(logits.float(), labels, label_smoothing=parameters.label_smoothing)
    loss.backward()  # type: ignore[no-untyped-call]
    return loss.detach(), logits.detach()


def train_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    parameters: Classification,
    totals: Totals,
    diagnostics: Diagnostics | None,
    compute: Gradients = gradients,
) -> None:
    """Train on one batch.

    Args:
        images: float32 (B, 3, H, W).
        labels: int64 (B,).
        totals: The batch is added to it, with the predictions made before the update.
        diagnostics: Measures the step; None measures nothing.
        compute: Computes the gradients.
    """
    loss, logits = compute(model, images, labels, parameters, diagnostics)
    norm = diagnostics.before_update(loss) if diagnostics else None
    if parameters.grad_clip:
        _clip(model, parameters.grad_clip, norm)
    optimizer.step()
    if diagnostics:
        diagnostics.after_update()
    totals.add(loss, logits, labels)


def _clip(model: nn.Module, most: float, norm: Tensor | None) -> None:
    """Scale the whole gradient down to a 2-norm of at most `most`. `norm` is its 2-norm; None if that is unknown."""
    weights = [weight for weight in model.parameters() if weight.grad is not None]
    if norm is None:
        norm = whole_norm([weight.grad for weight in weights if weight.grad is not None])
    clip_grads_with_norm_(weights, most, norm)


def all_finite(model: nn.Module) -> bool:
    """Whether every weight and every running statistic is finite. This waits for the device once."""
    state = (tensor for tensor in model.state_dict().values() if tensor.is_floating_point() and tensor.numel())
    return bool(get_total_norm(state, math.inf).isfinite())


@torch.no_grad()
def eval_step(model: nn.Module, images: Tensor, labels: Tensor, parameters: Classification, totals: Totals) -> Tensor:
    """Evaluate one batch, images float32 (B, 3, H, W) and labels int64 (B,), and add it to `totals`.

    Returns:
        bool (B,) on the device: which examples are right.
    """
    with autocast(images.device, parameters.precision):
        logits = model(images)
    totals.add(F.cross_entropy(logits.float(), labels), logits, labels)
    return torch.eq(logits.argmax(dim=1), labels)
