"""What may follow a convolution: a dict from `Norm` to a factory of layers."""

from collections.abc import Callable

from torch import nn

from models.factors import Norm

NormLayer = Callable[[int], nn.Module]


def _batch(channels: int, eps: float, momentum: float) -> nn.Module:
    """Ioffe and Szegedy 2015 (arXiv 1502.03167), over (B, H, W) of each channel."""
    return nn.BatchNorm2d(channels, eps=eps, momentum=momentum)


def _none(channels: int, eps: float, momentum: float) -> nn.Module:
    return nn.Identity()


NORMS: dict[Norm, Callable[[int, float, float], nn.Module]] = {
    Norm.BATCH: _batch,
    Norm.NONE: _none,
}


def norm_layer(norm: Norm, eps: float = 1e-3, momentum: float = 0.1) -> NormLayer:
    """A factory that takes a channel count and makes the layer.

    eps: added to the variance; 1e-3 is Keras' default in TensorFlow 2.2, which the paper used.
    momentum: weight of the new batch in the running statistics (torch's convention: Keras' 0.99 is 0.01 here).
    """
    return lambda channels: NORMS[norm](channels, eps, momentum)
