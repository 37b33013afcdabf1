"""How many multiply-adds an epoch takes, from the layers alone. No torch is needed.

A multiply-add is one product that is added to a sum. Counted are those of the convolutions and the dense layers, as
torch counts them. Norms, activations, pools, the loss and the optimizer are not: they take time, but hardly multiply.
A test compares the numbers with what torch counts while it trains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from models.datasets import num_classes, num_examples, num_used
from models.extra import is_built_in
from models.factors import Arch
from models.layout import (
    RESNET_BLOCKS,
    RESNET_STAGES,
    RESNET_STEM,
    VGG_DENSE,
    VGG_STAGES,
    YOLO_DENSE,
    YOLO_FILTERS,
    YOLO_POOLS,
    pooled_size,
    scaled,
)

if TYPE_CHECKING:
    from evenkeel.plugins import Prepared
    from models.task import Classification

COLOURS = 3
STEM_KERNEL = 7
# A plug-in's level of one of these may multiply as much as it likes.
MULTIPLYING = ("norm", "optimizer")


def _conv(kernel: int, inputs: int, outputs: int, size: int) -> int:
    return kernel**2 * inputs * outputs * size**2


def _halved(size: int) -> int:
    """The side of an image after a convolution of stride 2."""
    return (size + 1) // 2


def _yolo(classes: int, image_size: int, width: float) -> Iterator[int]:
    channels, size = COLOURS, image_size
    for index, filters in enumerate(scaled(f, width) for f in YOLO_FILTERS):
        yield _conv(3, channels, filters, size)
        channels, size = filters, pooled_size(size, 1) if index < YOLO_POOLS else size
    hidden = scaled(YOLO_DENSE, width)
    yield channels * size**2 * hidden
    yield hidden * classes


def _plain(classes: int, image_size: int, width: float) -> Iterator[int]:
    channels, size = scaled(RESNET_STEM, width), _halved(image_size)
    yield _conv(STEM_KERNEL, COLOURS, channels, size)
    size = pooled_size(size, 1)
    for filters in (scaled(f, width) for f in RESNET_STAGES):
        size = _halved(size)
        yield _conv(3, channels, filters, size)
        yield _conv(3, filters, filters, size) * (2 * RESNET_BLOCKS - 1)
        channels = filters
    yield channels * classes


def _resnet(classes: int, image_size: int, width: float) -> Iterator[int]:
    yield from _plain(classes, image_size, width)
    channels, size = scaled(RESNET_STEM, width), pooled_size(_halved(image_size), 1)
    for filters in (scaled(f, width) for f in RESNET_STAGES):
        size = _halved(size)
        yield _conv(1, channels, filters, size)
        channels = filters


def _vgg(classes: int, image_size: int, width: float) -> Iterator[int]:
    channels, size = COLOURS, image_size
    for stage in VGG_STAGES:
        for filters in (scaled(f, width) for f in stage):
            yield _conv(3, channels, filters, size)
            channels = filters
        size = pooled_size(size, 1)
    hidden = scaled(VGG_DENSE, width)
    yield channels * size**2 * hidden
    yield hidden**2
    yield hidden * classes


# The multiply-adds of the layers for one image. The layer that sees the image comes first.
LAYERS: Mapping[str, Callable[[int, int, float], Iterator[int]]] = {
    Arch.YOLO: _yolo,
    Arch.RESNET: _resnet,
    Arch.PLAIN: _plain,
    Arch.VGG: _vgg,
}


def work(cell: Classification, prepared: Prepared | None) -> int | None:
    """The multiply-adds of one epoch: training on all examples that are used, then validation.

    A layer takes as many for the gradient of its weights as forward, and as many again for that of its input. The first
    layer needs no gradient of its input.

    Args:
        prepared: The dataset, if it is one that a worker prepares.

    Returns:
        None if a plug-in's code decides it, if nobody has counted the network's layers, or if the size of the dataset
            is not known.
    """
    examples, of_arch = num_examples(cell, prepared), LAYERS.get(cell.arch)
    if (
        examples is None
        or of_arch is None
        or not all(is_built_in(factor, getattr(cell, factor)) for factor in MULTIPLYING)
    ):
        return None
    num_train, num_val = examples
    layers = list(of_arch(num_classes(cell, prepared), cell.image_size, cell.width))
    forward = sum(layers)
    return num_used(num_train, cell.train_fraction) * (3 * forward - layers[0]) + num_val * forward
