"""Images that are not prepared yet. Any process can render one as uint8 (S, S, 3). Only NumPy and Pillow are used."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from trainer.classification.datasets.decoding import MAX_PIXELS, BadImage, Pixels, check_pixels, decode, resize

Rows = NDArray[np.int64]


class Rendered(Protocol):
    """A few images that can be sent to another process, which renders them."""

    def __len__(self) -> int: ...
    def render(self, index: int, size: int) -> Pixels:
        """The image as uint8 (size, size, 3). Raises BadImage if it cannot be decoded completely."""
        ...


class Images(Protocol):
    """All images of a split, in a file, in files or in memory."""

    def __len__(self) -> int: ...
    def pick(self, rows: Rows) -> Rendered:
        """Some of the images. rows: their indices, in ascending order."""
        ...

    def name(self, index: int) -> str: ...
    def identity(self) -> Iterator[bytes]:
        """Bytes that change if the images may have changed. Images that a formula computes may have none."""
        ...

    def bounded(self, max_pixels: int) -> "Images":
        """The same images, of which one with more than `max_pixels` pixels is refused."""
        ...


@dataclass(frozen=True)
class Files:
    """Images in files.

    Attributes:
        paths: The paths of the files.
        max_pixels: An image with more pixels cannot be decoded.
    """

    paths: list[str]
    max_pixels: int = MAX_PIXELS

    def __len__(self) -> int:
        return len(self.paths)

    def pick(self, rows: Rows) -> "Files":
        return Files([self.paths[row] for row in rows], self.max_pixels)

    def name(self, index: int) -> str:
        return self.paths[index]

    def identity(self) -> Iterator[bytes]:
        return map(state_of, self.paths)

    def bounded(self, max_pixels: int) -> "Files":
        return replace(self, max_pixels=max_pixels)

    def render(self, index: int, size: int) -> Pixels:
        return decode(Path(self.paths[index]), size, self.max_pixels)


@dataclass(frozen=True)
class Arrays:
    """Images that are already decoded.

    Attributes:
        pixels: uint8 (N, H, W, 3), or (N, H, W) for gray images. They may lie in a file that is mapped into memory.
        paths: The files that hold the pixels; () if they are in memory alone.
        max_pixels: An image with more pixels is refused.
    """

    pixels: Pixels
    paths: tuple[str, ...] = ()
    max_pixels: int = MAX_PIXELS

    def __len__(self) -> int:
        return len(self.pixels)

    def pick(self, rows: Rows) -> "Arrays":
        return Arrays(np.array(self.pixels[rows]), (), self.max_pixels)

    def name(self, index: int) -> str:
        return f"image {index}"

    def identity(self) -> Iterator[bytes]:
        if self.paths:
            yield from map(state_of, self.paths)
        else:
            yield from (image.tobytes() for image in self.pixels)

    def bounded(self, max_pixels: int) -> "Arrays":
        return replace(self, max_pixels=max_pixels)

    def render(self, index: int, size: int) -> Pixels:
        pixels = self.pixels[index]
        try:
            check_pixels(pixels.shape[1], pixels.shape[0], self.max_pixels)
        except ValueError as error:
            raise BadImage(str(error)) from error
        return resize(Image.fromarray(pixels), size)


@dataclass(frozen=True)
class Encoded:
    """The contents of image files; None for one that is not there."""

    contents: Sequence[bytes | None]
    max_pixels: int = MAX_PIXELS

    def __len__(self) -> int:
        return len(self.contents)

    def render(self, index: int, size: int) -> Pixels:
        content = self.contents[index]
        if content is None:
            raise BadImage("the bytes of the image are missing")
        return decode(BytesIO(content), size, self.max_pixels)


@dataclass(frozen=True)
class Chosen:
    """Some of many images. rows: their indices in `images`, in ascending order."""

    images: Images
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def pick(self, rows: Rows) -> Rendered:
        return self.images.pick(self.rows[rows])

    def name(self, index: int) -> str:
        return self.images.name(int(self.rows[index]))

    def identity(self) -> Iterator[bytes]:
        yield self.rows.tobytes()
        yield from self.images.identity()

    def bounded(self, max_pixels: int) -> "Chosen":
        return replace(self, images=self.images.bounded(max_pixels))


def state_of(path: str) -> bytes:
    """Bytes that change with a file's path, its size and the time of its last change."""
    try:
        stat = os.stat(path)
        text = f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0"
    except OSError:
        text = f"{path}\0missing\0"
    return text.encode(errors="surrogateescape")
