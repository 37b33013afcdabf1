"""The levels of the factors that have names. The API validates grids against them, so torch is not imported here."""

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


class StemNorm(StrEnum):
    PAPER = "paper"
    NONE = "none"


class Optimizer(StrEnum):
    ADAM = "adam"
    ADAMW = "adamw"
    SGD = "sgd"


class AdamEpsilon(StrEnum):
    TORCH = "torch"
    KERAS = "keras"


class Schedule(StrEnum):
    CONSTANT = "constant"
    COSINE = "cosine"


class Precision(StrEnum):
    FP32 = "fp32"
    TF32 = "tf32"
    BF16 = "bf16"


class InputScale(StrEnum):
    SIGNED = "signed"
    UNIT = "unit"


class Augment(StrEnum):
    NONE = "none"
    FLIP = "flip"
    CROP = "crop"


class Stop(StrEnum):
    NONFINITE = "nonfinite"
    LOST = "lost"


# Architectures with residual branches. Only these can have the init `zero_residual`.
RESIDUAL = frozenset({Arch.RESNET})

# Architectures with a stem. `stem_norm` decides the norm of the stem.
STEMMED = frozenset({Arch.RESNET, Arch.PLAIN})
