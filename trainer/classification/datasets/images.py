"""Images not yet prepared, each rendered as uint8 (S, S, 3) by whoever has a core to spare. NumPy and Pillow alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Pixels = NDArray[np.uint8]

# A JPEG is decoded at the smallest of its decoder's scales (1/2, 1/4, 1/8) that is still this many times too large.
REDUCING_GAP = 1.5
WHITE = (255, 255, 255, 255)
# Of other modes (16 bits, floats) Pillow's conversion to RGB would cut off what it cannot hold.
MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "LAB"})


class BadImage(Exception):
    """An image that cannot be decoded whole; the message says why."""


class Images(Protocol):
    """A sequence of images that can be cut into parts and sent to another process."""

    def __len__(self) -> int: ...
    def part(self, start: int, stop: int) -> Self: ...
    def name(self, index: int) -> str: ...
    def render(self, index: int, size: int) -> Pixels:
        """uint8 (size, size, 3). Raises BadImage."""
        ...


@dataclass(frozen=True)
class Files:
    """Image files by path."""

    paths: list[str]

    def __len__(self) -> int:
        return len(self.paths)

    def part(self, start: int, stop: int) -> Self:
        return type(self)(self.paths[start:stop])

    def name(self, index: int) -> str:
        return self.paths[index]

    def render(self, index: int, size: int) -> Pixels:
        return decode(Path(self.paths[index]), size)


@dataclass(frozen=True)
class Arrays:
    """Images already decoded: uint8 (N, H, W, 3), or (N, H, W) in gray."""

    pixels: Pixels

    def __len__(self) -> int:
        return len(self.pixels)

    def part(self, start: int, stop: int) -> Self:
        return type(self)(self.pixels[start:stop])

    def name(self, index: int) -> str:
        return f"image {index}"

    def render(self, index: int, size: int) -> Pixels:
        return resize(Image.fromarray(self.pixels[index]), size)


def decode(path: Path, size: int) -> Pixels:
    """The whole image, upright, squashed to size x size: Pillow's bilinear filter, whose support grows with the
    reduction (it averages what it leaves out).

    A JPEG is first reduced by its decoder, to no less than 1.5 x `size`; for one of 512 pixels read at 128 that changes
    a pixel by 0.4 of 255 in the mean (`benchmarks/prepare.py`). EXIF rotation is applied, transparency laid on white,
    gray, palette and CMYK are turned to RGB. Raises BadImage for what cannot be read to its end, and for 16-bit and
    float images. What libjpeg mends by itself (a flipped bit amid the data) is not noticed.
    """
    try:
        with Image.open(path) as image:
            image.draft(None, (int(REDUCING_GAP * size),) * 2)
            ImageOps.exif_transpose(image, in_place=True)
            return resize(image, size)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadImage(str(error) or type(error).__name__) from error


def resize(image: Image.Image, size: int) -> Pixels:
    """uint8 (size, size, 3). Raises BadImage for a mode that RGB cannot hold."""
    if image.mode not in MODES:
        raise BadImage(f"has mode {image.mode}; only 8 bits a channel can be read")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, WHITE), image)
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    if rgb.size != (size, size):
        rgb = rgb.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(rgb)
