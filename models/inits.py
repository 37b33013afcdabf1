"""Weight initialisation: how each weight is drawn. One function does all of it."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from models.extra import is_built_in
from models.factors import Init
from models.own import own_draw

Draw = Callable[[Tensor, torch.Generator], None]

# The layers whose weights are (out, in, ...), which `fans` reads.
DRAWN = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d

# The standard deviation of a unit normal that is cut at +-2. The paper's footnote names TensorFlow 2.2's
# VarianceScaling, which divides sigma by this number: the variance *after* the cut is then the one in the formula.
TRUNCATED_STD = 0.87962566103423978

# The sigma of Krizhevsky et al. 2012. It is the same for a layer of any size.
NORMAL_STD = 0.01


def fans(weight: Tensor) -> tuple[int, int]:
    """(fan_in, fan_out) of a dense (out, in) or convolution (out, in, kH, kW) weight: kernel area x channels."""
    area = math.prod(weight.shape[2:])
    return weight.shape[1] * area, weight.shape[0] * area


def _scaled(variance: Callable[[int, int], float]) -> Draw:
    """Draw from a normal that is cut at +-2 sigma. variance: a function of (fan_in, fan_out).

    torch inverts the truncated distribution. Drawing again whatever falls outside gives the same distribution.
    """

    def draw(weight: Tensor, generator: torch.Generator) -> None:
        std = math.sqrt(variance(*fans(weight))) / TRUNCATED_STD
        nn.init.trunc_normal_(weight, 0.0, std, -2 * std, 2 * std, generator=generator)

    return draw


def _orthogonal(weight: Tensor, generator: torch.Generator) -> None:
    """Saxe et al. 2013 (arXiv 1312.6120): (out, in x kH x kW) with orthonormal rows or columns, whichever are fewer."""
    nn.init.orthogonal_(weight, generator=generator)


def _normal(weight: Tensor, generator: torch.Generator) -> None:
    nn.init.normal_(weight, 0.0, NORMAL_STD, generator=generator)


# He et al. 2015 (arXiv 1502.01852), eq. 10; Glorot and Bengio 2010, eq. 12; LeCun et al. 1998, "Efficient BackProp",
# eq. 16. Zero residual is He, and then each residual branch ends in zeros.
INITS: dict[Init, Draw] = {
    Init.HE: _scaled(lambda fan_in, fan_out: 2 / fan_in),
    Init.GLOROT: _scaled(lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
    Init.LECUN: _scaled(lambda fan_in, fan_out: 1 / fan_in),
    Init.ORTHOGONAL: _orthogonal,
    Init.NORMAL: _normal,
    Init.ZERO_RESIDUAL: _scaled(lambda fan_in, fan_out: 2 / fan_in),
}


def draw_of(init: str) -> Draw:
    """The function that draws a weight. Raises LevelError if the init is neither built in nor brought by a plug-in."""
    if is_built_in("init", init):
        return INITS[Init(init)]
    own = own_draw(init)
    return lambda weight, generator: own(weight, generator, *fans(weight))


def init_weights(model: nn.Module, init: str, generator: torch.Generator) -> None:
    """Draw every convolution and dense weight of `model` anew, in module order, from `generator` alone.

    Biases become zero. Norm layers keep their ones and zeros, and other layers what their constructors gave them. So
    does a weight that a network computes from others. `zero_residual` sets the last gain of each residual branch to
    zero (Goyal et al. 2017, arXiv 1706.02677, 5.1). In a network without norm, it sets the last convolution of the
    branch to zero (Zhang et al. 2019, arXiv 1901.09321). Every block then begins as its skip alone. A block names this
    last layer as its `branch_end`.

    Args:
        init: A built-in init, or one that a plug-in brings.

    Raises:
        ValueError: If `init` is zero_residual and no block has a `branch_end`.
    """
    draw = draw_of(init)
    for module in model.modules():
        if isinstance(module, DRAWN) and isinstance(module.weight, nn.Parameter):
            draw(module.weight, generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    if init == Init.ZERO_RESIDUAL:
        ends = [end for module in model.modules() if (end := getattr(module, "branch_end", None)) is not None]
        if not ends:
            raise ValueError("init 'zero_residual' needs residual branches: no module of the network has a branch_end")
        for last in ends:
            nn.init.zeros_(last.weight)
