"""One function that builds every network of the study and draws its weights."""

from collections.abc import Callable

import torch
from torch import nn

from models.extra import is_built_in
from models.factors import RESIDUAL, STEMMED, Arch, Init, StemNorm
from models.inits import init_weights
from models.layout import MIN_IMAGE_SIZE, stem_of
from models.norms import norm_layer
from models.own import global_draws, own_network
from models.resnet import ResNet26
from models.vgg import Vgg11
from models.yolo import TinyYolo

Build = Callable[..., nn.Module]


def _yolo(
    norm: str, num_classes: int, image_size: int, width: float, norms: dict[str, float], slope: float, *_: object
) -> nn.Module:
    return TinyYolo(norm_layer(norm, **norms), num_classes, image_size, width, slope)


def _resnet(
    norm: str, num_classes: int, image_size: int, width: float, norms: dict[str, float], slope: float, stem: str
) -> nn.Module:
    return ResNet26(norm_layer(norm, **norms), norm_layer(stem, **norms), num_classes, width)


def _plain(
    norm: str, num_classes: int, image_size: int, width: float, norms: dict[str, float], slope: float, stem: str
) -> nn.Module:
    return ResNet26(norm_layer(norm, **norms), norm_layer(stem, **norms), num_classes, width, residual=False)


def _vgg(norm: str, num_classes: int, image_size: int, width: float, norms: dict[str, float], *_: object) -> nn.Module:
    return Vgg11(norm_layer(norm, **norms), num_classes, image_size, width)


ARCHS: dict[Arch, Build] = {Arch.YOLO: _yolo, Arch.RESNET: _resnet, Arch.PLAIN: _plain, Arch.VGG: _vgg}


def build_model(
    arch: str,
    norm: str,
    init: str,
    num_classes: int,
    image_size: int,
    width: float,
    generator: torch.Generator,
    *,
    batch_eps: float = 1e-3,
    batch_momentum: float = 0.1,
    leaky_slope: float = 0.1,
    stem_norm: StemNorm = StemNorm.PAPER,
) -> nn.Module:
    """Build a network for images (B, 3, image_size, image_size), on the CPU.

    Args:
        arch, norm, init: Built-in levels, or levels that a plug-in brings (`models.extra`).
        width: Factor that multiplies the filters and units of every layer.
        generator: The only source of the weights.
        batch_eps: eps of the norm layers: see `models.norms.norm_layer`.
        batch_momentum: momentum of the norm layers: see `models.norms.norm_layer`.
        leaky_slope: The slope of Tiny-YOLO's Leaky ReLU.
        stem_norm: For ResNet26 with and without skips: see `models.layout.stem_of`.

    Raises:
        ValueError: If `image_size` is below `models.layout.MIN_IMAGE_SIZE[arch]`, if `init` is zero_residual and the
            architecture has no residual branches, or if `stem_norm` is none and the architecture has no stem.
        LevelError: If the code of a plug-in's level is not here, or does not do what it must. It is a ValueError, too.
    """
    smallest = MIN_IMAGE_SIZE.get(arch, 1)
    if image_size < smallest:
        raise ValueError(f"{arch} takes images of at least {smallest} pixels, not {image_size}")
    if init == Init.ZERO_RESIDUAL and is_built_in("arch", arch) and arch not in RESIDUAL:
        raise ValueError(f"{arch} has no residual branches, so its init cannot be {init}")
    if stem_norm == StemNorm.NONE and arch not in STEMMED:
        raise ValueError(f"{arch} has no stem, so its stem_norm cannot be {stem_norm}")
    norms = {"eps": batch_eps, "momentum": batch_momentum}
    with global_draws(generator):
        if is_built_in("arch", arch):
            build = ARCHS[Arch(arch)]
            model = build(norm, num_classes, image_size, width, norms, leaky_slope, stem_of(norm, stem_norm))
        else:
            model = own_network(arch, num_classes, image_size, width, norm_layer(norm, **norms))
        init_weights(model, init, generator)
    return model
