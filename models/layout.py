"""The numbers of each architecture: its filters, its smallest image, its learnable parameters. No torch is needed.

The networks are built from these constants, and the API counts parameters with them. A test checks that both agree.
"""

from collections.abc import Callable, Mapping

from models.extra import is_built_in
from models.factors import STEMMED, Arch, Norm, StemNorm

# McInroe 2020, Table 1. A 2x2 max pool follows each of the first six; the classifier has two dense layers.
YOLO_FILTERS = (16, 32, 64, 128, 256, 512, 1024, 256)
YOLO_POOLS = 6
YOLO_DENSE = 1470

# McInroe 2020, Table 2: a 7x7/2 stem, then four stages of two residual blocks. Every stage halves the image.
RESNET_STEM = 64
RESNET_STAGES = (64, 128, 256, 512)
RESNET_BLOCKS = 2

# Simonyan and Zisserman 2014 (arXiv 1409.1556), Table 1, column A. A 2x2 max pool ends each stage.
VGG_STAGES = ((64,), (128,), (256, 256), (512, 512), (512, 512))
VGG_DENSE = 4096

# The side of the smallest square image, in pixels. The first three pools of Tiny-YOLO and VGG, and ResNet's stem and
# first stage, must each get at least 2x2 pixels.
MIN_IMAGE_SIZE: Mapping[str, int] = {Arch.YOLO: 8, Arch.RESNET: 16, Arch.PLAIN: 16, Arch.VGG: 8}


def scaled(units: int, width: float) -> int:
    """The number of filters or dense units at a `width` multiplier (1.0 is the paper's)."""
    return max(1, round(units * width))


def stem_of(norm: str, stem_norm: StemNorm) -> str:
    """The norm of ResNet26's stem.

    The paper's network without batch norm still has batch norm in its stem: its parameter count is only right with it.
    """
    if stem_norm == StemNorm.NONE:
        return Norm.NONE
    return Norm.BATCH if norm == Norm.NONE else norm


def pooled_size(image_size: int, pools: int) -> int:
    """The side of the image, in pixels, after `pools` 2x2 max pools. A side of one pixel is not pooled further."""
    for _ in range(pools):
        image_size = max(1, image_size // 2)
    return image_size


def _conv(kernel: int, inputs: int, outputs: int) -> int:
    return kernel * kernel * inputs * outputs + outputs


def _dense(inputs: int, outputs: int) -> int:
    return inputs * outputs + outputs


def _norm(norm: Norm, channels: int) -> int:
    return 0 if norm is Norm.NONE else 2 * channels


def _count_yolo(norm: Norm, num_classes: int, image_size: int, width: float) -> int:
    channels, total = 3, 0
    for filters in (scaled(f, width) for f in YOLO_FILTERS):
        total += _conv(3, channels, filters) + _norm(norm, filters)
        channels = filters
    hidden = scaled(YOLO_DENSE, width)
    features = channels * pooled_size(image_size, YOLO_POOLS) ** 2
    return total + _dense(features, hidden) + _dense(hidden, num_classes)


def _count_resnet(norm: Norm, num_classes: int, image_size: int, width: float) -> int:
    total, channels = _count_plain(norm, num_classes, image_size, width), scaled(RESNET_STEM, width)
    for filters in (scaled(f, width) for f in RESNET_STAGES):
        total += _conv(1, channels, filters) + _norm(norm, filters)
        channels = filters
    return total


def _count_plain(norm: Norm, num_classes: int, image_size: int, width: float) -> int:
    channels = scaled(RESNET_STEM, width)
    total = _conv(7, 3, channels)
    for filters in (scaled(f, width) for f in RESNET_STAGES):
        total += _conv(3, channels, filters) + _norm(norm, filters)
        total += (_conv(3, filters, filters) + _norm(norm, filters)) * (2 * RESNET_BLOCKS - 1)
        channels = filters
    return total + _dense(channels, num_classes)


def _count_vgg(norm: Norm, num_classes: int, image_size: int, width: float) -> int:
    channels, total = 3, 0
    for filters in (scaled(f, width) for stage in VGG_STAGES for f in stage):
        total += _conv(3, channels, filters) + _norm(norm, filters)
        channels = filters
    hidden = scaled(VGG_DENSE, width)
    features = channels * pooled_size(image_size, len(VGG_STAGES)) ** 2
    return total + _dense(features, hidden) + _dense(hidden, hidden) + _dense(hidden, num_classes)


# These counts leave out the norm of a stem.
PARAMETER_COUNTS: dict[Arch, Callable[[Norm, int, int, float], int]] = {
    Arch.YOLO: _count_yolo,
    Arch.RESNET: _count_resnet,
    Arch.PLAIN: _count_plain,
    Arch.VGG: _count_vgg,
}


def count_parameters(
    arch: str,
    norm: str,
    num_classes: int,
    image_size: int,
    width: float = 1.0,
    stem_norm: StemNorm = StemNorm.PAPER,
) -> int | None:
    """The number of learnable parameters of the network that `models.zoo.build_model` builds.

    None if a plug-in brings the arch or the norm, since only their code could tell.

    With 101 classes, 128 pixels and width 1 the numbers are those of the paper: Tiny-YOLO 10,307,257 (10,311,833 with
    batch norm), ResNet26 11,227,813 (11,237,413 with batch norm).
    """
    if not (is_built_in("arch", arch) and is_built_in("norm", norm)):
        return None
    stem = _norm(Norm(stem_of(norm, stem_norm)), scaled(RESNET_STEM, width)) if arch in STEMMED else 0
    return PARAMETER_COUNTS[Arch(arch)](Norm(norm), num_classes, image_size, width) + stem
