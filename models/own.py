"""Calls the code that plug-ins bring for an arch, a norm or an init. If it fails, the error says whose code it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from models.extra import Extra, LevelError, extra_level

if TYPE_CHECKING:
    from models.norms import NormLayer

# The number of images that a network is tried with.
TRIED = 2


def own_norm(level: str) -> NormLayer:
    """A function that takes the number of channels and makes the layer. Raises LevelError if nobody brings the norm."""
    extra = extra_level("norm", level)

    def make(channels: int) -> nn.Module:
        layer: nn.Module = called(extra, f"for {channels} channels", nn.Module, channels)
        return layer

    return make


def own_draw(level: str) -> Callable[[Tensor, torch.Generator, int, int], None]:
    """A function of (weight, generator, fan_in, fan_out) that fills the weight. Raises LevelError if nobody brings the
    init."""
    extra = extra_level("init", level)

    def draw(weight: Tensor, generator: torch.Generator, fan_in: int, fan_out: int) -> None:
        with torch.no_grad():
            called(extra, f"on a weight {tuple(weight.shape)}", object, weight, generator, fan_in, fan_out)

    return draw


def own_network(level: str, num_classes: int, image_size: int, width: float, norm: NormLayer) -> nn.Module:
    """The network of a plug-in, on the CPU, tried out once. Its weights are those that its own code gave it.

    Raises:
        LevelError: If nobody brings the arch, if it cannot be built, if it has no weight to train, or if it does not
            turn images (B, 3, image_size, image_size) into logits (B, num_classes).
    """
    extra = extra_level("arch", level)
    where = f"for {num_classes} classes and images of {image_size} pixels"
    network: nn.Module = called(
        extra, where, nn.Module, num_classes=num_classes, image_size=image_size, width=width, norm=norm
    )
    _try_out(extra, network, num_classes, image_size)
    if not any(weight.requires_grad for weight in network.parameters()):
        raise LevelError(f"{extra}: has no weight that can be trained")
    return network


def called(extra: Extra, where: str, kind: type[Any], *values: Any, **named: Any) -> Any:
    """What the code of a level returns.

    Args:
        where: What it was called for, for the error.
        kind: The type of what it must return.

    Raises:
        LevelError: If it raises, or returns something else.
    """
    try:
        made = extra.code(*values, **named)
    except LevelError:
        # A network's code calls that of a norm.
        raise
    except Exception as error:
        raise LevelError(f"{extra} fails {where}: {type(error).__name__}: {error}") from error
    if not isinstance(made, kind):
        raise LevelError(f"{extra} must return a {kind.__module__}.{kind.__qualname__}, not {type(made).__name__}")
    return made


@contextmanager
def global_draws(generator: torch.Generator) -> Iterator[None]:
    """Within this context, torch's global generator of the CPU depends on the seed of `generator` alone.

    The constructors of torch's layers draw from it. Weights that the lab does not draw itself keep these values.
    Afterwards it is as it was before. `generator` is not touched, and its numbers are others.
    """
    seed = hashlib.sha256(f"constructors {generator.initial_seed()}".encode()).digest()[:8]
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(int.from_bytes(seed, "big"))
        yield


def can_lie_channels_last(network: nn.Module) -> bool:
    """Whether the network may be moved to the memory format `torch.channels_last`, which is for four dimensions."""
    tensors = (*network.parameters(), *network.buffers())
    return _usual_layout not in network._forward_pre_hooks.values() and all(tensor.ndim != 5 for tensor in tensors)


def _try_out(extra: Extra, network: nn.Module, num_classes: int, image_size: int) -> None:
    """Run the network once. If it cannot take images that lie channels-last in memory, it gets copies that do not.

    The lab's images lie channels-last. A network that calls `view` on what a convolution made of them may not be able
    to.
    """
    images = torch.zeros(TRIED, image_size, image_size, 3).permute(0, 3, 1, 2)
    training = network.training
    network.eval()
    try:
        with torch.no_grad():
            logits = _run(network, images)
    except Exception as error:
        raise LevelError(f"{extra} fails on images (B, 3, {image_size}, {image_size}): {error}") from error
    network.train(training)
    if not isinstance(logits, Tensor) or logits.shape != (TRIED, num_classes) or not logits.is_floating_point():
        found = f"{logits.dtype} {tuple(logits.shape)}" if isinstance(logits, Tensor) else type(logits).__name__
        allowed = f"({TRIED}, {num_classes}), a logit for each class"
        raise LevelError(f"{extra}: turns {TRIED} images into {found}; it must be a floating-point tensor {allowed}")


def _run(network: nn.Module, images: Tensor) -> Any:
    try:
        return network(images)
    except RuntimeError:
        hook = network.register_forward_pre_hook(_usual_layout)
        try:
            return network(images)
        except Exception:
            hook.remove()
            raise


def _usual_layout(network: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(tensor.contiguous() for tensor in inputs)
