"""One function that builds any network of the study, its weights drawn."""

from collections.abc import Callable

import torch
from torch import nn

from models.factors import Arch, Init, Norm
from models.inits import init_weights
from models.layout import MIN_IMAGE_SIZE
from models.norms import norm_layer
from models.resnet import ResNet26
from models.yolo import TinyYolo

Build = Callable[..., nn.Module]


def _yolo(
    norm: Norm, num_classes: int, image_size: int, width: float, batch: dict[str, float], leaky_slope: float
) -> nn.Module:
    return TinyYolo(norm_layer(norm, **batch), num_classes, image_size, width, leaky_slope)


def _resnet(
    norm: Norm, num_classes: int, image_size: int, width: float, batch: dict[str, float], leaky_slope: float
) -> nn.Module:
    return ResNet26(norm_layer(norm, **batch), norm_layer(Norm.BATCH, **batch), num_classes, width)


ARCHS: dict[Arch, Build] = {Arch.YOLO: _yolo, Arch.RESNET: _resnet}


def build_model(
    arch: Arch,
    norm: Norm,
    init: Init,
    num_classes: int,
    image_size: int,
    width: float,
    generator: torch.Generator,
    *,
    batch_eps: float = 1e-3,
    batch_momentum: float = 0.1,
    leaky_slope: float = 0.1,
) -> nn.Module:
    """A network for (B, 3, image_size, image_size) images in [-1, 1], its weights drawn from `generator` (on the CPU).

    Raises ValueError for an `image_size` below `models.layout.MIN_IMAGE_SIZE[arch]`.
    """
    if image_size < MIN_IMAGE_SIZE[arch]:
        raise ValueError(f"{arch} takes images of at least {MIN_IMAGE_SIZE[arch]} pixels, not {image_size}")
    batch = {"eps": batch_eps, "momentum": batch_momentum}
    model = ARCHS[arch](norm, num_classes, image_size, width, batch, leaky_slope)
    init_weights(model, init, generator)
    return model
