"""Weight initialisation: truncated normals with zero biases, the whole of it in one function."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from models.factors import Init

# The standard deviation of a unit normal cut at +-2. TensorFlow 2.2's VarianceScaling, which the paper's footnote
# names, divides sigma by it, so that the variance *after* the cut is the one in the formula.
TRUNCATED_STD = 0.87962566103423978

# He et al. 2015 (arXiv 1502.01852), eq. 10; Glorot and Bengio 2010, eq. 12. Of (fan_in, fan_out).
VARIANCES: dict[Init, Callable[[int, int], float]] = {
    Init.HE: lambda fan_in, fan_out: 2 / fan_in,
    Init.GLOROT: lambda fan_in, fan_out: 2 / (fan_in + fan_out),
}


def fans(weight: Tensor) -> tuple[int, int]:
    """(fan_in, fan_out) of a dense (out, in) or convolution (out, in, kH, kW) weight: kernel area x channels."""
    area = math.prod(weight.shape[2:])
    return weight.shape[1] * area, weight.shape[0] * area


def init_weights(model: nn.Module, init: Init, generator: torch.Generator) -> None:
    """Draw every convolution and dense weight of `model` anew, in module order, from `generator` alone.

    Weights: normal with the variance that `init` names, cut at +-2 sigma (torch inverts
    the truncated distribution, which is the one that drawing again gives). Biases: zero. Norm
    layers keep their ones and zeros.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            std = math.sqrt(VARIANCES[init](*fans(module.weight))) / TRUNCATED_STD
            nn.init.trunc_normal_(module.weight, 0.0, std, -2 * std, 2 * std, generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
