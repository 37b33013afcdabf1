"""Changes training images at random, on the device. The random numbers come from a generator that the run owns."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from models.factors import Augment, InputScale

# The byte that fills the space outside an image. Of all bytes it comes closest to zero once it is scaled.
GRAY, BLACK = 128, 0
EDGES: dict[InputScale, int] = {InputScale.SIGNED: GRAY, InputScale.UNIT: BLACK}


def flip(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror each of the images, uint8 (B, H, W, 3), left to right with probability 1/2."""
    mirrored = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(mirrored.to(images.device)[:, None, None, None], images.flip(2), images)


def crop(images: Tensor, generator: torch.Generator, edge: int = GRAY) -> Tensor:
    """Move each image by up to 1/8 of its side in both directions, then mirror it with probability 1/2.

    He et al. 2015 (arXiv 1512.03385), section 4.2, move images of 32 pixels by up to 4 pixels, which is the same share.

    Args:
        images: uint8 (B, H, W, 3).
        edge: The byte that fills the space outside an image.

    Returns:
        uint8 (B, H, W, 3).
    """
    batch, height, width, _ = images.shape
    margin_y, margin_x = height // 8, width // 8
    top = torch.randint(2 * margin_y + 1, (batch, 1), generator=generator) + torch.arange(height)
    left = torch.randint(2 * margin_x + 1, (batch, 1), generator=generator) + torch.arange(width)
    rows, columns = top.to(images.device)[:, :, None], left.to(images.device)[:, None, :]
    padded = F.pad(images, (0, 0, margin_x, margin_x, margin_y, margin_y), value=edge)
    which = torch.arange(batch, device=images.device)[:, None, None]
    return flip(padded[which, rows, columns], generator)


AUGMENTS: dict[Augment, Callable[[Tensor, torch.Generator, int], Tensor] | None] = {
    Augment.NONE: None,
    Augment.FLIP: lambda images, generator, edge: flip(images, generator),
    Augment.CROP: crop,
}


def augmenter(
    kind: Augment, generator: torch.Generator, scale: InputScale = InputScale.SIGNED
) -> Callable[[Tensor], Tensor] | None:
    """The function that changes a batch of images, uint8 (B, H, W, 3). None if the images stay as they are.

    Args:
        scale: How bytes become the network's input. It decides which byte fills the space outside an image.
    """
    change = AUGMENTS[kind]
    return None if change is None else lambda images: change(images, generator, EDGES[scale])
