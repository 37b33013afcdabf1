"""The norms that may follow a convolution: a dict from `Norm` to a function that makes the layer."""

from collections.abc import Callable

from torch import nn

from models.extra import is_built_in
from models.factors import Norm
from models.own import own_norm

NormLayer = Callable[[int], nn.Module]

# Wu and He 2018 (arXiv 1803.08494), Table 3: 32 groups, or 16 channels per group if there are fewer channels.
MOST_GROUPS = 32
CHANNELS_A_GROUP = 16


def num_groups(channels: int) -> int:
    """The largest number of equal groups that keeps to both numbers of the paper; 1 below 32 channels.

    Groups of one or two channels would remove all information from an image that was pooled to one pixel.
    """
    most = max(1, min(MOST_GROUPS, channels // CHANNELS_A_GROUP))
    return next(groups for groups in range(most, 0, -1) if channels % groups == 0)


def _batch(channels: int, eps: float, momentum: float) -> nn.Module:
    """Ioffe and Szegedy 2015 (arXiv 1502.03167): normalises over (B, H, W) of each channel."""
    return nn.BatchNorm2d(channels, eps=eps, momentum=momentum)


def _group(channels: int, eps: float, momentum: float) -> nn.Module:
    """Wu and He 2018 (arXiv 1803.08494): normalises over (C/groups, H, W) of each example."""
    return nn.GroupNorm(num_groups(channels), channels, eps=eps)


def _layer(channels: int, eps: float, momentum: float) -> nn.Module:
    """Ba et al. 2016 (arXiv 1607.06450): normalises over (C, H, W) of each example. Gain and bias are per channel."""
    return nn.GroupNorm(1, channels, eps=eps)


def _none(channels: int, eps: float, momentum: float) -> nn.Module:
    return nn.Identity()


NORMS: dict[Norm, Callable[[int, float, float], nn.Module]] = {
    Norm.BATCH: _batch,
    Norm.NONE: _none,
    Norm.GROUP: _group,
    Norm.LAYER: _layer,
}


def norm_layer(norm: str, eps: float = 1e-3, momentum: float = 0.1) -> NormLayer:
    """A function that takes the number of channels and makes the layer.

    Args:
        norm: A built-in norm, or one that a plug-in brings. The latter gets neither of the other two.
        eps: Is added to the variance. 1e-3 is Keras' default, in TensorFlow 2.2 (which the paper used) and since.
        momentum: The weight of the new batch in batch norm's running statistics. This is torch's convention: Keras'
            0.99 is 0.01 here.
    """
    if not is_built_in("norm", norm):
        return own_norm(norm)
    make = NORMS[Norm(norm)]
    return lambda channels: make(channels, eps, momentum)
