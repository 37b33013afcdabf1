"""Decodes images and resizes them to uint8 (S, S, 3). Only NumPy and Pillow are used."""

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Pixels = NDArray[np.uint8]

# A JPEG's decoder can reduce the image to 1/2, 1/4 or 1/8. It is given the smallest scale whose result is still at
# least this many times larger than needed.
REDUCING_GAP = 1.5
WHITE = (255, 255, 255, 255)
# The largest number of pixels of an image, unless a setting says otherwise: a photograph of 8,000 x 8,000. Decoded, it
# takes 192 MB, and up to four times as much if it is transparent.
MAX_PIXELS = 64_000_000
# Pillow recognizes a file by its content. Without this list, a file named a.jpg may be EPS, which starts Ghostscript.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
# Images of other modes (16 bits, floats) are refused: Pillow would cut off the values that RGB cannot hold.
MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "LAB"})


# `decode` counts the pixels itself, before it decodes any.
Image.MAX_IMAGE_PIXELS = None


class BadImage(Exception):
    """An image cannot be decoded completely. The message says why."""


def decode(file: Path | BytesIO, size: int, max_pixels: int = MAX_PIXELS) -> Pixels:
    """Read an image file, or the content of one. The whole image is turned upright and squashed to a square.

    Pillow's bilinear filter resizes the image. It averages over more pixels the more the image is reduced, so no pixel
    is skipped. A JPEG is first reduced by its decoder, to no less than 1.5 x `size`. For a JPEG of 512 pixels that is
    read at 128, this changes a pixel by 0.4 of 255 on average (`benchmarks/prepare.py`). The rotation in the EXIF data
    is applied. Transparent parts become white. Gray, palette and CMYK images are converted to RGB. A fault that libjpeg
    repairs by itself, such as a flipped bit within the data, is not noticed.

    Returns:
        uint8 (size, size, 3).

    Raises:
        BadImage: If the file cannot be read to its end, or the image has 16 bits a channel or floats, or its header
            promises more than `max_pixels` pixels.
    """
    try:
        with Image.open(file, formats=FORMATS) as image:
            check_pixels(image.width, image.height, max_pixels)
            image.draft(None, (int(REDUCING_GAP * size),) * 2)
            ImageOps.exif_transpose(image, in_place=True)
            return resize(image, size)
    except BadImage:
        raise
    except Exception as error:
        # Pillow raises many kinds of errors for damaged files. None of them may end the whole prepare.
        raise BadImage(str(error) or type(error).__name__) from error


def check_pixels(width: int, height: int, most: int) -> None:
    """Raise ValueError if an image of this size has more than `most` pixels."""
    if width * height > most:
        raise ValueError(
            f"the image has {width:,} x {height:,} pixels, together more than {most:,} (EVENKEEL_MAX_IMAGE_PIXELS)"
        )


def resize(image: Image.Image, size: int) -> Pixels:
    """The image as uint8 (size, size, 3). Raises BadImage if RGB cannot hold the values of its mode."""
    if image.mode not in MODES:
        raise BadImage(f"the image has mode {image.mode}; only images with 8 bits a channel can be read")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, WHITE), image)
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    if rgb.size != (size, size):
        rgb = rgb.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(rgb)
