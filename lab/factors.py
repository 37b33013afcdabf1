"""The levels of a training that a grid may name; those of the network are in `models.factors`."""

from enum import StrEnum


class Optimizer(StrEnum):
    ADAM = "adam"
    ADAMW = "adamw"
    SGD = "sgd"


class Schedule(StrEnum):
    CONSTANT = "constant"
    COSINE = "cosine"


class Precision(StrEnum):
    FP32 = "fp32"
    TF32 = "tf32"
    BF16 = "bf16"


class Augment(StrEnum):
    NONE = "none"
    FLIP = "flip"
    CROP = "crop"
