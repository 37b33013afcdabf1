"""Turns the bytes of images into the input of a network."""

from collections.abc import Callable

import torch
from torch import Tensor

from models.factors import InputScale

# Each function takes pixels as float32 in [0, 255] and changes them in place.
SCALES: dict[InputScale, Callable[[Tensor], Tensor]] = {
    InputScale.SIGNED: lambda pixels: pixels.div_(127.5).sub_(1),
    InputScale.UNIT: lambda pixels: pixels.div_(255),
}


def to_input(images: Tensor, scale: InputScale = InputScale.SIGNED) -> Tensor:
    """Turn images into the input of the networks of `models.zoo`.

    Args:
        images: uint8 (B, H, W, 3).
        scale: `signed` gives values in [-1, 1], `unit` in [0, 1].

    Returns:
        float32 (B, 3, H, W), on the images' device.

    Raises:
        ValueError: If the images are not uint8 (B, H, W, 3).
    """
    if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise ValueError(f"images must be uint8 (B, H, W, 3), not {images.dtype} {tuple(images.shape)}")
    return SCALES[scale](images.permute(0, 3, 1, 2).to(torch.float32))
