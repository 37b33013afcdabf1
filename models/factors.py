"""The levels of a network that a grid may name. Torch-free: the API validates against these."""

from enum import StrEnum


class Arch(StrEnum):
    YOLO = "yolo"
    RESNET = "resnet"
    PLAIN = "plain"
    VGG = "vgg"


class Norm(StrEnum):
    BATCH = "batch"
    NONE = "none"
    GROUP = "group"
    LAYER = "layer"


class Init(StrEnum):
    HE = "he"
    GLOROT = "glorot"
    LECUN = "lecun"
    ORTHOGONAL = "orthogonal"
    NORMAL = "normal"
    ZERO_RESIDUAL = "zero_residual"


# Architectures with residual branches, which alone `zero_residual` can silence.
RESIDUAL = frozenset({Arch.RESNET})
