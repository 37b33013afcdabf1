"""The levels that a grid may name. Torch-free: the API validates against these."""

from enum import StrEnum


class Arch(StrEnum):
    YOLO = "yolo"
    RESNET = "resnet"


class Norm(StrEnum):
    BATCH = "batch"
    NONE = "none"


class Init(StrEnum):
    HE = "he"
    GLOROT = "glorot"
